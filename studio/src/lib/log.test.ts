import { expect, test } from 'vitest'
import { columns, downsample, type LogLine } from './log'

test('each number that is told more than once is a chart of its own', () => {
  const lines: LogLine[] = [
    { step: 1, total: 3, seconds: 0.1, loss: 3, note: 'x' },
    { step: 2, total: 3, seconds: 0.2, loss: 2, once: 1 },
    { step: 2, total: 3, seconds: 0.2, loss: 9 },
    { step: 3, total: 3, seconds: 0.3, loss: 1 },
  ]
  expect(columns(lines)).toEqual([{ name: 'loss', x: [1, 2, 3], y: [3, 2, 1] }])
})

test('long logs are thinned to means', () => {
  const long = { name: 'loss', x: [1, 2, 3, 4, 5], y: [1, 3, 5, 7, 9] }
  expect(downsample(long, 3)).toEqual({ name: 'loss', x: [2, 4, 5], y: [2, 6, 9] })
})
