import { expect, test } from 'vitest'
import { describe, fromText, toText } from './pupil'

test('a word of the pupil stays in the browser, one that the lesson asks for is told', () => {
  const rows = [{ label: 'apple', outcome: 'right' }, { label: 'apple', outcome: '' }]
  expect(describe({ batch: 2, taught: 2 }, rows, ['Apfel', 'apple'])).toEqual({ facts: { taught: 2 }, change: 2, label: 'apple', outcomes: 'r-' })
  const own = [{ label: 'my cat', outcome: 'unknown' }]
  expect(JSON.stringify(describe({ batch: 3, taught: 1 }, own, ['Apfel', 'apple']))).not.toContain('cat')
  expect(describe({ results: 12 }, [], [])).toEqual({ facts: { results: 12 } })
})

test('points are the same after a reload', () => {
  const taught = [{ label: 'apple', point: Float32Array.of(0.5, -2, 3e-5) }]
  expect(JSON.parse(JSON.stringify(taught, toText), fromText)).toEqual(taught)
})
