import { expect, test } from 'vitest'
import { nothing, plain, settings, withRole, withType, type Column } from './columns'

const column = (name: string, type = 'number', role: Column['role'] = 'feature'): Column => ({ name, type, role, why: '' })

test('nothing chosen is nothing sent', () => {
  expect(settings(nothing())).toEqual({})
})

test('types, columns left out and the label are written as train reads them', () => {
  let choices = withType(nothing(), column('zip'), 'category')
  choices = withType(choices, column('price'), 'number comma')
  choices = withRole(choices, column('name'), 'left out')
  choices = withRole(choices, column('row id', 'id'), 'left out')
  choices = withRole(choices, column('species', 'category'), 'label')
  expect(settings(choices)).toEqual({ label: 'species', skip: 'name, row id', types: 'zip=category, price=number comma' })
})

test('what was left out comes back: by Pippin as a category, by oneself as it was', () => {
  const skipped = withRole(nothing(), column('weight'), 'left out')
  expect(settings(withRole(skipped, column('weight', 'number', 'left out'), 'feature'))).toEqual({})
  expect(settings(withRole(nothing(), column('nr', 'id', 'left out'), 'feature'))).toEqual({ types: 'nr=category' })
  expect(settings(withRole(nothing(), column('code', 'number', 'left out'), 'feature'))).toEqual({ types: 'code=number' })
})

test('a column is either predicted, used or left out', () => {
  const label = withRole(nothing(), column('price'), 'label')
  expect(settings(withRole(label, column('price', 'number', 'label'), 'left out'))).toEqual({ skip: 'price' })
  expect(settings(withRole({ ...label, task: 'classification' }, column('size'), 'label'))).toEqual({ label: 'size' })
})

test('names that hold commas or equals signs go as JSON of every column', () => {
  const columns = [column('a, b'), column('c=d', 'text'), column('nr', 'id', 'left out'), column('y', 'category', 'label')]
  const choices = withType(withRole(nothing(), columns[0]!, 'left out'), columns[1]!, 'date day-first')
  expect(JSON.parse(settings(choices, columns).types as string)).toEqual({
    'a, b': ['left out', ''],
    'c=d': ['date', 'dmy'],
    nr: ['left out', ''],
    y: ['category', ''],
  })
})

test('notes are read without the words of the command line', () => {
  const read: Record<string, string> = {
    "The label is the column 'y' (its name); --label names another.": "The label is the column 'y' (its name).",
    "'price' holds numbers, so it is estimated (regression); --task classification takes each number as a label.": "'price' holds numbers, so it is estimated (regression).",
    "'id' alone tells the label; is it known beforehand? (if not, --skip 'id')": "'id' alone tells the label; is it known beforehand? If not, leave it out.",
    "'id' alone tells the label; is it known beforehand? (it is left out; --types 'id=number' takes it)": "'id' alone tells the label; is it known beforehand? It is left out.",
    "'note' is text: --text sentences sets a pretrained encoder in place of its words.": "'note' is text.",
    "'at' holds dates: taken as days; '3/4/24' is read as 03 April 2024; --types 'at=date day-first' reads it otherwise; written in several forms.": "'at' holds dates: taken as days; '3/4/24' is read as 03 April 2024; written in several forms.",
    "No column is left to learn 'y' from ('x' is left out: told so); give a table with others than the label, or take one in with --types 'NAME=number'.": "No column is left to learn 'y' from ('x' is left out: as you said); give a table with others than the label, or use one.",
    'No column can be a label: each has one value only, or too many; name one with --label.': 'No column can be a label: each has one value only, or too many.',
    "All rows have the same 'y'; a label needs two values or more. Name another with --label.": "All rows have the same 'y'; a label needs two values or more.",
    "'y' does not hold numbers to estimate (2 different values: 'a', 'b'); use --task classification.": "'y' does not hold numbers to estimate (2 different values: 'a', 'b').",
    'Rows 3.5 % have gaps.': 'Rows 3.5 % have gaps.',
  }
  expect(Object.keys(read).map(plain)).toEqual(Object.values(read))
})
