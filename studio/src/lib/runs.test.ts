import { expect, test } from 'vitest'
import { charts, type LogLine } from './log'
import { progress, runName } from './runs'

test('a run tells how far it is and what is left', () => {
  expect(progress([], 'getting ready')).toEqual({ share: null, text: 'getting ready' })
  expect(progress([{ step: 0, total: 8, seconds: 0, done: 0, of: 4 }], '')).toEqual({ share: null, text: '0 of 4 done' })
  const lines: LogLine[] = [{ step: 2, total: 8, seconds: 30, done: 1, of: 4 }, { note: 'x' }]
  expect(progress(lines, '')).toEqual({ share: 0.25, text: '1 of 4 done · about 1 min 30 s left' })
  expect(progress([{ step: 5, total: 10, seconds: 5 }], '').text).toBe('50 % · about 5.0 s left')
})

test('held-out loss shares the chart of the loss, and the axes are named', () => {
  const lines: LogLine[] = [
    { step: 1, total: 9, loss: 3 }, { step: 1, total: 9, held_out_loss: 4 },
    { step: 2, total: 9, loss: 2 }, { step: 3, total: 9, held_out_loss: 3 },
  ]
  expect(charts(lines)).toEqual([
    {
      title: 'Loss', x: 'training steps', y: 'loss',
      lines: [{ name: 'loss', x: [1, 2], y: [3, 2] }, { name: 'held_out_loss', x: [1, 3], y: [4, 3] }],
    },
  ])
  expect(charts([{ c: 1 }, { c: 2 }])[0]).toMatchObject({ title: 'C', x: 'entries of the log' })
})

test('verbs have names that people know', () => {
  expect(runName('compare')).toBe('Comparison')
  expect(runName('spell-out')).toBe('Spell out')
})
