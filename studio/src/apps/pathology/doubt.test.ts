import { expect, test } from 'vitest'
import { bars, doubtOf, percentage, type Doubt } from './doubt'

const doubt: Doubt = {
  set: ['a', 'b'], coverage: 0.9, measured: { value: 0.906, low: 0.877, high: 0.928, n: 509 },
  limits: { a: 0.4, b: 0.3 }, distance: 1, distance_limit: 3,
}

test('the doubt is found among other evidence', () => {
  expect(doubtOf(['a sentence', null, 3, { kind: 'other' }, { doubt }])).toBe(doubt)
  expect(doubtOf(['a sentence'])).toBeUndefined()
})

test('a label that was only taught has the limit of one half', () => {
  const found = bars(doubt, [{ answer: 'a', confidence: 0.6 }, { answer: 'new', confidence: 0.1 }])
  expect(found).toEqual([
    { label: 'a', share: 0.6, limit: 0.4, inSet: true },
    { label: 'new', share: 0.1, limit: 0.5, inSet: false },
  ])
})

test('what was measured of a label comes with it', () => {
  const own = { value: 0.91, low: 0.85, high: 0.95, n: 142 }
  const found = bars({ ...doubt, measured: { ...doubt.measured, by_label: { a: own } } }, [{ answer: 'a', confidence: 0.6 }, { answer: 'b', confidence: 0.4 }])
  expect(found.map((bar) => bar.measured)).toEqual([own, undefined])
})

test('shares are written with one decimal', () => expect(percentage(0.9064)).toBe('90.6 %'))
