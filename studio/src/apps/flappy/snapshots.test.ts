import { expect, test } from 'vitest'
import { Snapshots, createUntrained } from './snapshots.svelte'
import type { Mind } from './types'
import { IMAGES } from './formula'
import { USUAL } from './rules'

const mind = (think: Mind['think']): Mind => ({ images: IMAGES, skip: 3, think })
const falls = mind(async () => [{ idle: 1, flap: 0, value: 0 }])
const thoughts = () => new Promise((done) => setTimeout(done))

async function pass(ages: Snapshots, frames: number): Promise<void> {
  for (let at = 0; at < frames; at++) {
    await thoughts()
    ages.pass(1.001 / 30)
  }
}

test('all begin in the same game; who crashed begins the next one, and the others fly on', async () => {
  const ages = new Snapshots([falls, createUntrained(falls, () => 1)], USUAL, 5)
  const [first, climbs] = ages.birds
  expect(new Set(ages.birds.map(({ flight }) => String(flight.game.pipeGap))).size).toBe(1)
  await pass(ages, 40)
  expect([first!.down, first!.tries, climbs!.down]).toEqual([true, 1, false])
  await pass(ages, 30)
  expect([first!.down, first!.tries, first!.best]).toEqual([false, 2, 0])
  expect(first!.flight.game.pipeGap).toEqual(new Snapshots([falls], USUAL, 6).birds[0]!.flight.game.pipeGap)
})

test('no bird goes on while one still decides, nor in a pause', async () => {
  const ages = new Snapshots([falls, mind(() => new Promise(() => undefined))], USUAL, 5)
  await pass(ages, 3)
  expect(ages.birds.map(({ flight }) => flight.game.frames)).toEqual([0, 0])
  const paused = new Snapshots([falls], USUAL, 5)
  paused.paused = true
  await pass(paused, 3)
  expect(paused.birds[0]!.flight.game.frames).toBe(0)
})

test('what was never taught flaps in half of all decisions, and a new game is new for all', async () => {
  let at = 0
  const coin = createUntrained(falls, () => [0.2, 0.8][at++ % 2]!)
  const flaps = [await coin.think(new Uint8Array()), await coin.think(new Uint8Array())].map(([one]) => one!.flap > one!.idle)
  expect(flaps).toEqual([false, true])
  const ages = new Snapshots([falls, falls], USUAL, 2 ** 32 - 1)
  await pass(ages, 70)
  ages.begin(ages.seed + 1)
  expect([ages.seed, ...ages.birds.map(({ tries, flight }) => [tries, flight.game.frames])]).toEqual([0, [1, 0], [1, 0]])
})
