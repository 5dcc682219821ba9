import { expect, test } from 'vitest'
import type { Agent } from './agent'
import { IMAGES } from './formula'
import { Match } from './match.svelte'
import { USUAL } from './rules'
import { tally } from './tally'

const never = { images: IMAGES, skip: 3, learned: USUAL, think: async (seen: Uint8Array) => Array.from({ length: seen.length / 13824 }, () => ({ idle: 1, flap: 0, value: 0 })) }
const frame = 1 / 30
const thought = () => new Promise((done) => setTimeout(done))

async function pass(match: Match, frames: number): Promise<void> {
  for (let at = 0; at < frames; at++) {
    await thought()
    match.pass(frame * 1.001)
  }
}

test('a bird that never flaps falls, and is shown again in the next game', async () => {
  const match = new Match(never as unknown as Agent)
  match.reset('showing', 2)
  await pass(match, 40)
  expect(match.down.agent).toBe(true)
  expect(match.ended).toEqual([0])
  await pass(match, 40)
  expect([match.seed, match.stage, match.down.agent]).toEqual([3, 'showing', false])
})

test('you join with one flap, fly with the next, and begin again after you fell', async () => {
  const match = new Match(never as unknown as Agent)
  match.reset('showing', 2)
  match.flap()
  expect(match.stage).toBe('waiting')
  await pass(match, 5)
  expect(match.you.game.frames).toBe(0)
  match.flap()
  await pass(match, 1)
  expect([match.you.game.frames, match.you.game.rotation, match.pilot.game.frames]).toEqual([1, 45, 1])
  await pass(match, 70)
  expect(match.down.you).toBe(true)
  match.flap()
  expect(match.stage).toBe('waiting')
})

test('a flap that came too late does not start a game', async () => {
  const match = new Match(never as unknown as Agent)
  match.reset('waiting', 2)
  match.flap()
  while (!match.down.you) await pass(match, 1)
  match.flap()
  expect([match.stage, match.down.you]).toEqual(['playing', true])
})

test('no frame passes while the agent thinks, or in a pause', async () => {
  const match = new Match({ ...never, think: () => new Promise(() => undefined) } as unknown as Agent)
  match.reset('showing', 2)
  await pass(match, 3)
  expect(match.pilot.game.frames).toBe(0)
  const other = new Match(never as unknown as Agent)
  other.paused = true
  await pass(other, 3)
  expect(other.pilot.game.frames).toBe(0)
})

test('other rules are another game, and games side by side are counted to a limit', async () => {
  const match = new Match(never as unknown as Agent)
  match.change({ gap: 150 })
  expect([match.changed, match.pilot.rules.gap, match.stage]).toEqual([true, 150, 'showing'])
  expect(await tally(never, USUAL, 3, 2)).toEqual({ scores: [0, 0, 0], mean: 0, finished: 0, most: 2 })
})
