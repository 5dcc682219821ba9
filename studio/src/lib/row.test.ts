import { expect, test } from 'vitest'
import { fieldsLike, inputType, rowsWith, parseField, typicalRow, formatField, type RowField } from './row'

const field = (type: string, typical: unknown, choices: string[] = []): RowField => ({ name: 'x', type, typical, choices })

test('each type has its field', () => {
  const kinds = [field('number', 3), field('date', '2024-03-01'), field('date', '2024-03-01 12:30'), field('date', '12:30'), field('date', '1/3/24'), field('category', 'red')]
  expect(kinds.map(inputType)).toEqual(['number', 'date', 'datetime-local', 'time', 'text', 'text'])
})

test('values go as the application takes them, and come back as the field shows them', () => {
  const moment = field('date', '2024-03-01 12:30')
  expect([parseField(field('number', 3), '4.5'), parseField(field('category', 'a'), '007'), parseField(field('text', ''), '')]).toEqual([4.5, '007', null])
  expect(parseField(moment, '2024-05-06T07:08')).toBe('2024-05-06 07:08')
  expect([formatField(moment, '2024-05-06 07:08'), formatField(moment, null), formatField(field('number', 3), 0)]).toEqual(['2024-05-06T07:08', '', '0'])
})

test('samples of another table are no examples', () => {
  const samples = [{ sample: 0, name: 'row 1', truth: 'apple', value: { weight: 120, colour: 'red' } }]
  expect(rowsWith(fieldsLike({ weight: 1 }), samples)).toHaveLength(1)
  expect(rowsWith(fieldsLike({ bill: 1 }), samples)).toEqual([])
  expect(typicalRow(fieldsLike({ weight: 1, colour: 'red' }))).toEqual({ weight: 1, colour: 'red' })
})
