import { expect, test } from 'vitest'
import { reachablePipes } from './reach'
import recorded from './reach.json'

test.each(recorded)('gravity $gravity, gap $gap, speed $speed: as far as in Python', ({ gravity, gap, speed, skip, pipes, reached }) => {
  expect(reached.map((_, seed) => reachablePipes({ gravity, gap, speed }, skip, pipes, seed))).toEqual(reached)
})
