import { expect, test } from 'vitest'
import { placeInWords, type Place } from './visit.svelte'
import { duration } from './words'

const one = (state: Place['state'], place: number, seconds: number): Place => ({ application: 'upscale', command: 'predict', state, place, seconds })

test('the place of the first that waits is told', () => {
  expect(placeInWords([], duration)).toBe('')
  expect(placeInWords([one('running', 0, 3)], duration)).toBe('')
  expect(placeInWords([one('waiting', 5, 40), one('waiting', 3, 12.4), one('running', 0, 1)], duration)).toBe('number 3 in the queue, about 12 s')
  expect(placeInWords([one('waiting', 1, 0)], duration)).toBe('next in the queue, about 1.0 s')
})
