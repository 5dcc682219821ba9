// What `columns` says of a table, and what a person says otherwise, as the settings `train` takes.

import type { Values } from '../../lib/api'

export type Role = 'feature' | 'label' | 'left out'

export interface Column {
  name: string
  type: string
  role: Role
  why: string
}

export interface Columns {
  columns: Column[]
  task: 'classification' | 'regression' | ''
  classes: string[]
  rows: number
  skipped: { line: number; why: string }[]
  notes?: string[]
}

/** What a person chose; what is not in it is left to Pippin. */
export interface Choices {
  label: string
  task: string
  skip: string[]
  types: Record<string, string>
}

/** Types a column may be said to have, in the words of `--types`, and as a page names them. */
export const TYPES: Record<string, string> = {
  number: 'Number',
  'number comma': 'Number, decimal comma',
  category: 'Category',
  date: 'Date',
  'date day-first': 'Date, day first',
  'date month-first': 'Date, month first',
  text: 'Text',
  id: 'ID',
}

export const nothing = (): Choices => ({ label: '', task: '', skip: [], types: {} })

/** The choices once a column is to be predicted, used or left out. One that was left out is used as a category. */
export function withRole(choices: Choices, column: Column, role: Role): Choices {
  const skip = choices.skip.filter((name) => name !== column.name)
  const label = choices.label === column.name ? '' : choices.label
  const { [column.name]: chosenType, ...types } = choices.types
  if (role === 'left out') return { ...choices, label, skip: [...skip, column.name] }
  if (role === 'label') return { ...choices, label: column.name, task: '', skip, types: chosenType ? { ...types, [column.name]: chosenType } : types }
  const usable = ['id', 'empty'].includes(chosenType ?? column.type) ? 'category' : (chosenType ?? column.type)
  const kept = column.role === 'left out' && !choices.skip.includes(column.name) ? { ...types, [column.name]: usable } : choices.types
  return { ...choices, label, skip, types: kept }
}

/** The choices once a column is said to hold something else. */
export function withType(choices: Choices, column: Column, type: string): Choices {
  return { ...choices, types: { ...choices.types, [column.name]: type } }
}

/** Choices as settings; as JSON where names hold the signs that part them, which then tells of every column.
 *
 * `columns` are those of the table as Pippin takes them where nothing was chosen. */
export function settings(choices: Choices, columns: Column[] = []): Values {
  const types = Object.entries(choices.types)
  const awkward = [...choices.skip, ...types.map(([name]) => name)].some((name) => /[,=]|^\s|\s$|^\{/.test(name))
  const given: Values = awkward
    ? { types: asJson(choices, columns) }
    : { skip: choices.skip.join(', '), types: types.map(([name, type]) => `${name}=${type}`).join(', ') }
  return Object.fromEntries(Object.entries({ label: choices.label, task: choices.task, ...given }).filter(([, value]) => value))
}

const FORMS: Record<string, string> = { comma: ',', 'day-first': 'dmy', 'month-first': 'mdy' }

function asJson(choices: Choices, columns: Column[]): string {
  const entries = columns.map(({ name, type, role }) => {
    const out = choices.skip.includes(name) || (role === 'left out' && !choices.types[name])
    const [kind, form = ''] = (choices.types[name] ?? type).split(' ')
    return [name, out ? ['left out', ''] : [kind, FORMS[form] ?? '']]
  })
  return JSON.stringify(Object.fromEntries(entries))
}

/** A note or a refusal as it reads where there are choices to click: without the words of the command line. */
export function plain(note: string): string {
  return note
    .replace(/\s*\(it is left out; --[^)]*\)/, ' It is left out.')
    .replace(/\s*\(if not, --[^)]*\)/, ' If not, leave it out.')
    .replace(/, or take one in with --types [^.;]*/g, ', or use one')
    .replace(/\btold so\b/g, 'as you said')
    .replace(/[;,.]\s*(?:name (?:one|another)(?: column)? with|use) --[a-z]+(?: [a-z]+)?(?=\.|$)/gi, '')
    .replace(/[;,:]\s*--[a-z]+[^.;)]*(?=[.;)]|$)/g, '')
}
