import { expect, test } from 'vitest'
import { nextPage, verdict, type PageLine, type Quiz } from './lesson'

const page = (number: number, path: boolean, xp: number, open = true): PageLine => ({ page: number, title: '', minutes: 3, path, language: 'en', xp, max_xp: 3, open })
const quiz = (choice: string | null, guess = false): Quiz => ({
  kind: 'quiz', id: 'x', xp: 1, question: [], choices: [], guess, choice, right: choice === null ? null : choice === 'b', answer: 'b', explanation: [], figure: '', curve: null,
})

test('the path comes first, then the rest; what is done or cannot be done is passed by', () => {
  expect(nextPage([page(1, true, 3), page(2, false, 0), page(3, true, 1)])?.page).toBe(3)
  expect(nextPage([page(1, true, 3), page(2, false, 0), page(3, true, 0, false)])?.page).toBe(2)
  expect(nextPage([page(1, true, 3)])).toBeUndefined()
})

test('a guess is told what was measured, any other wrong answer may be tried again', () => {
  expect(verdict(quiz(null))).toBe('')
  expect(verdict(quiz('b'))).toBe('right')
  expect(verdict(quiz('a'))).toBe('not-yet')
  expect(verdict(quiz('a', true))).toBe('measured-is')
})
