import { expect, test } from 'vitest'
import { AnswerTable, cells, quote } from './table'

const TEXT = `plot,note,answer,probability,interval_low,interval_high,problem
7,"a ""b"", c",ball,0.9,,,
10,"two
lines",apple,0.5,,,
,,,,,,unlike anything
9,x,ball,0.7,,,
`

test('rows are read with their quotes and line breaks', () => {
  const table = new AnswerTable(TEXT)
  expect(table.count).toBe(4)
  expect(table.givenNames).toEqual(['plot', 'note'])
  expect(table.row(0)).toMatchObject({ given: ['7', 'a "b", c'], answer: 'ball', probability: 0.9 })
  expect(table.row(1).given[1]).toBe('two\nlines')
  expect(table.row(2)).toMatchObject({ answer: '', probability: null, problem: 'unlike anything' })
  expect(table.answers()[0]).toEqual(['ball', 2])
})

test('numbers sort as numbers, what is missing comes last', () => {
  const table = new AnswerTable(TEXT)
  const plots = (down: boolean) => (table.query({ sort: { column: 0, down } }), table.page(0, 9).map((row) => row.given[0]))
  expect(plots(false)).toEqual(['7', '9', '10', ''])
  expect(plots(true)).toEqual(['10', '9', '7', ''])
  table.query({ sort: { column: 3, down: false } })
  expect(table.page(0, 2).map((row) => row.number)).toEqual([1, 3])
})

test('rows are filtered by words and by answer, page by page', () => {
  const table = new AnswerTable(TEXT)
  expect(table.query({ text: 'LINES' })).toBe(1)
  expect(table.query({ answer: 'ball' })).toBe(2)
  expect(table.page(1, 5).map((row) => row.number)).toEqual([3])
  expect(table.query({ answer: '' })).toBe(1)
})

test('what is saved holds what was corrected', () => {
  const table = new AnswerTable(TEXT)
  table.change(2, { answer: 'pear', problem: '', taught: true })
  const again = new AnswerTable(table.csv())
  expect(again.names.at(-1)).toBe('taught')
  expect(cells(table.csv().split('\n')[4]!, 0)).toEqual(['', '', 'pear', '', '', '', '', 'yes'])
  expect(new AnswerTable(new AnswerTable(TEXT).csv()).row(0).given).toEqual(['7', 'a "b", c'])
})

test('many rows are sorted', () => {
  const lines = Array.from({ length: 50_000 }, (_, at) => `${(at * 7919) % 50_000},"note ${at}",ball,0.9,,,`)
  const table = new AnswerTable(`plot,note,answer,probability,interval_low,interval_high,problem\n${lines.join('\n')}\n`)
  table.query({ sort: { column: 0, down: false } })
  expect(table.page(0, 3).map((row) => row.given[0])).toEqual(['0', '1', '2'])
})

test('a cell is quoted where it must be', () => {
  expect([quote('a'), quote('a,b'), quote('a"b')]).toEqual(['a', '"a,b"', '"a""b"'])
})

test('a table answered again keeps its order and its marks, and tells what changed', () => {
  const before = new AnswerTable(TEXT)
  before.query({ sort: { column: 3, down: false } })
  before.change(1, { taught: true })
  const now = new AnswerTable(TEXT.replace('apple,0.5', 'lemon,1'), before)
  const [first] = now.page(0, 4)
  expect(first).toMatchObject({ number: 1, answer: 'lemon', before: 'apple', taught: true })
  expect(now.row(0).before).toBeUndefined()
})
