import { expect, test } from 'vitest'
import { EMPTY, matching, percent, withProfile, withUnderstood } from './chat'

const places = [{ code: 'V_1', name: 'lower chest' }, { code: 'V_2', name: 'upper chest' }, { code: 'V_3', name: 'knee, left' }]

test('an empty age and sex are not told', () => {
  expect(withProfile(EMPTY, null, '')).toEqual(EMPTY)
  expect(withProfile(EMPTY, 40, 'F')).toMatchObject({ age: 40, sex: 'F' })
})

test('what a text says counts only after a yes', () => {
  const fever = { code: 'E_91', options: ['yes'], name: 'fever', quote: 'feverish' }
  expect(withUnderstood(EMPTY, fever, false).answers).toEqual({})
  expect(withUnderstood(EMPTY, fever, true).answers).toEqual({ E_91: ['yes'] })
})

test('options are found by their words, and chosen ones stay', () => {
  expect(matching(places, 'chest', ['V_3'], 1).map(({ code }) => code)).toEqual(['V_3', 'V_1', 'V_2'])
  expect(matching(places, '', [], 2)).toHaveLength(2)
})

test('small shares keep a decimal', () => {
  expect(percent(0.5)).toBe('50 %')
  expect(percent(0.012)).toBe('1.2 %')
})
