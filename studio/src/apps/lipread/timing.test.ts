import { expect, test } from 'vitest'
import type { Seen } from './seen'
import { later, remark, getWords, spread, wordAt } from './timing'

const words = [
  { word: 'bin', first: 10, end: 16 },
  { word: 'blue', first: 16, end: 24 },
]
const seen: Seen = {
  frames: 75, columns: 15, width: 64, height: 40, rate: 25, answer: 'bin blue', confidence: 0.8, known: true,
  way: 'grammar', words, letters: [], speaks: [8, 60], alternatives: [], notes: [], scope: '', learned: '', wer: null,
  speaker_type: 'person', truth: null, rendered: 12,
}

test('a frame belongs to the word it lies in, and to none between words', () => {
  expect([9, 10, 15, 16, 23, 24].map((frame) => wordAt(words, frame))).toEqual([-1, 0, 0, 1, 1, -1])
})

test('a film passes at its rate and begins again at its end', () => {
  expect(later(0, 1, 25, [0, 75])).toBe(25)
  expect(later(74, 0.08, 25, [0, 75])).toBe(1)
})

test('a part is played alone, from its beginning when the film stood elsewhere', () => {
  expect(later(12, 0.2, 25, [10, 16])).toBe(11)
  expect(later(40, 0.04, 25, [10, 16])).toBe(11)
  expect(later(10, 5, 25, [10, 10])).toBe(10)
})

test('small frames stand for all of them evenly', () => {
  expect(spread(75, 5)).toEqual([7, 22, 37, 52, 67])
  expect(spread(2, 4)).toEqual([0, 0, 1, 1])
})

test('a phrase stands over all frames in which the mouth moves', () => {
  expect(getWords(seen)).toBe(words)
  const phrase = getWords({ ...seen, answer: 'lights on', words: [], way: 'phrase' })
  expect(phrase).toEqual([{ word: 'lights on', first: 8, end: 60, probability: 0.8 }])
  expect(getWords({ ...seen, answer: '', words: [] })).toEqual([])
})

test('it is said in plain words how an answer was found', () => {
  expect(remark(seen)).toBe('')
  expect(remark({ ...seen, known: false, way: 'letters' })).toContain('without its grammar')
  expect(remark({ ...seen, known: false, way: 'phrase', answer: 'lights on' })).toContain('none of your phrases; the nearest is “lights on”')
  expect(remark({ ...seen, known: false, way: 'letters', answer: '' })).toContain('No speech was found')
})
