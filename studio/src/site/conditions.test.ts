import { expect, test } from 'vitest'
import { fromAddress, toAddress } from './address'
import cases from './conditionCases.json'
import { isMet, total, type Condition, type Event } from './conditions'
import { Progress, type LessonFacts } from './progress'

type Written = [string, string, Event['facts'], [string | null, string][]]

const events = (written: unknown): Event[] => (written as Written[]).map(([verb, application, facts, rows]) =>
  ({ verb, application, facts, rows: rows.map(([label, outcome]) => ({ label, outcome })) }))

test.each(cases)('a condition as in Python: $what', (one) => {
  const [condition, done] = [one.condition as Condition, events(one.events)]
  expect([isMet(condition, done), total(condition, done)]).toEqual([one.met, one.total])
})

test.each(cases)('what was done comes back from an address: $what', async (one) => {
  const done = events(one.events)
  expect(await fromAddress(await toAddress(done))).toEqual(done)
})

test('a long lesson fits an address, and what is too long is left out', async () => {
  const rows = Array.from({ length: 40 }, (_, at) => ({ label: at % 2 ? 'apple' : 'tennis ball', outcome: 'right' }))
  const done = Array.from({ length: 80 }, (): Event => ({ verb: 'teach', application: 'recognize', facts: { batch: 1 }, rows }))
  expect((await toAddress(done)).length).toBeLessThan(2000)
  const noise = done.map((event, at) => ({ ...event, facts: { text: Array.from({ length: 200 }, (_, n) => Math.sin(at * 999 + n).toString(36)).join('') } }))
  expect(await toAddress(noise)).toBe('')
})

test.each(['', '#', '#done=', '#done=%%%', '#done=AAAA', '#other=1', `#done=${'A'.repeat(9000)}`])('a damaged address is an empty one: %s', async (hash) => {
  expect(await fromAddress(hash)).toEqual([])
})

test('points: a task where it can be done, its question where it cannot, any guess of a guess', () => {
  const condition: Condition = { verb: 'watch', application: 'a', tests: [], count: 1, then: null }
  const quiz = { id: 'q', xp: 1, answer: 'b', guess: false, figure: '', nothing: '', counted: [], curve: null }
  const lesson = (applications: string[], guess = false): LessonFacts => ({
    name: 'own', words: {}, verbs: Object.fromEntries(applications.map((one) => [one, ['watch']])),
    pages: [{ number: 1, name: '', title: '', path: true, minutes: 1, quizzes: [{ ...quiz, guess }],
      tasks: [{ id: 't', xp: 2, conditions: [condition], otherwise: 'q', quizzes: false }, { id: 'all', xp: 4, conditions: [], otherwise: '', quizzes: true }] }],
  })
  const chosen = (choice: string): Event => ({ verb: 'quiz', application: 'own', facts: { quiz: 'q', choice }, rows: [] })
  const watched: Event = { verb: 'watch', application: 'a', facts: {}, rows: [] }
  expect(new Progress(lesson(['a']), [chosen('b')]).total).toBe(5)
  expect(new Progress(lesson([]), [chosen('b')]).total).toBe(7)
  expect(new Progress(lesson([]), []).reachable).toBe(7) // all of it, by the question
  expect(new Progress(lesson(['a']), [chosen('a'), watched]).total).toBe(2)
  expect(new Progress(lesson(['a'], true), [chosen('a')]).total).toBe(1)
  expect(new Progress(lesson(['a']), [chosen('b'), chosen('a')]).total).toBe(0) // the last choice counts
})
