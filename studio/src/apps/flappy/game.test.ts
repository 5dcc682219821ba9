import { expect, test } from 'vitest'
import { advance, begin } from './physics'
import { Random } from './random'
import recorded from './recorded.json'

test.each(recorded.random)('seed $seed stands for the same numbers as in NumPy', ({ seed, gaps, phases }) => {
  const pipes = new Random(seed)
  expect(gaps.map(() => pipes.below(8))).toEqual(gaps)
  const look = new Random(seed, 1)
  expect([30, 4, 3, 12, 2, 3, 2].map((count) => look.below(count))).toEqual(phases)
})

test.each(recorded.games)('the game of seed $seed is the simulator’s, frame by frame', ({ seed, rules, flaps, frames, alive }) => {
  const game = begin(seed)
  let flies = true
  frames.forEach((frame, at) => {
    expect(flies).toBe(true)
    flies = advance(game, flaps[at] === '1', rules)
    const { y, velocity, pipeX, pipeGap, score, rotation, wing, ground } = game
    expect([y, velocity, ...pipeX, ...pipeGap, score, rotation, wing, ground]).toEqual(frame)
  })
  expect(flies).toBe(alive)
  expect(game.frames).toBe(frames.length)
})
