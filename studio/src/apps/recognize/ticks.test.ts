import { expect, test } from 'vitest'
import cases from './tickCases.json'
import { nameByTicks, write } from './ticks'

test.each(cases)('$about', ({ rows, labels, named }) => {
  expect(nameByTicks(rows, labels)).toEqual(named)
})

test('an image without a tick is written, too', () => {
  expect(write([{ image: 'apple 1' }, { image: 'banana 1' }], { 'apple 1': ['round', 'red'] })).toBe('apple 1: round red, banana 1:')
})
