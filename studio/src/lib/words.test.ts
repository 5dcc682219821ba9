import { expect, test } from 'vitest'
import { bytes, pluralize, duration, format, label, left, parts, percent, title } from './words'

test('shares are percentages that never round to certainty', () => {
  expect([1, 0.99999, 0.997, 0.5, 0.031, 0].map(percent)).toEqual(['100 %', '> 99.9 %', '99.7 %', '50 %', '3.1 %', '0 %'])
})

test('times are for people', () => {
  expect([0.42, 37, 123, 3840, Infinity].map(duration)).toEqual(['0.4 s', '37 s', '2 min 3 s', '1 h 4 min', '–'])
})

test('the time left follows the steps', () => {
  expect(left(10, 40, 5)).toBe(15)
  expect(left(40, 40, 5)).toBe(0)
  expect(left(0, 40, 5)).toBeNull()
})

test('answers, names and nouns are words', () => {
  expect([format('rugby_ball'), format(0.123456), format(null), format(7)]).toEqual(['rugby ball', '0.1235', '–', '7'])
  expect([format(14723.51), format(-1234567.8), format(1234567)]).toEqual(['14724', '-1234568', '1234567'])
  expect([label('rugby_ball', 'file'), label('in_stock', 'record'), label('007', 'record'), label(2.34567, 'record')]).toEqual(['rugby ball', 'in_stock', '007', '2.346'])
  expect([title('save-as'), title('from_')]).toEqual(['Save as', 'From'])
  expect([pluralize(1, 'model'), pluralize(2000, 'frame')]).toEqual(['1 model', '2,000 frames'])
})

test('backticks mark code', () => {
  expect(parts('run `x` now')).toEqual([
    { code: false, text: 'run ' },
    { code: true, text: 'x' },
    { code: false, text: ' now' },
  ])
})

test('amounts of data', () => {
  expect([0, 512, 1600, 9_950_000, 700e6, 999.6e6, 5e15].map(bytes)).toEqual(['0 B', '512 B', '1.6 kB', '10 MB', '700 MB', '1.0 GB', '5000 TB'])
})
