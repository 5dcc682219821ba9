// The fields of a row to be filled in: what an application says of them, or else its sample shows.

import type { Sample } from './api'

export interface RowField {
  name: string
  type: string
  choices: string[]
  typical: unknown
}

type Row = Record<string, unknown>

const LONG = 16 // characters from which a field takes the whole width

/** Fields as a sample's row suggests them. */
export function fieldsLike(row: Row): RowField[] {
  return Object.entries(row).map(([name, typical]) => ({ name, type: typeof typical === 'number' ? 'number' : 'text', choices: [], typical }))
}

/** The rows of samples that have these fields: those of another table would say nothing. */
export function rowsWith(fields: RowField[], samples: Sample[]): Row[] {
  const rows = samples.map((sample) => sample.value).filter((value): value is Row => typeof value === 'object' && value !== null)
  return rows.filter((row) => fields.every(({ name }) => name in row))
}

/** A row to begin with: a typical value in each field. */
export function typicalRow(fields: RowField[]): Row {
  return Object.fromEntries(fields.map(({ name, typical }) => [name, typical]))
}

/** How a browser is to ask for a field. */
export function inputType({ type, typical }: RowField): 'number' | 'date' | 'datetime-local' | 'time' | 'text' {
  const shape = type === 'date' && typeof typical === 'string' ? typical.replaceAll(/\d/g, '9') : type
  if (shape === 'number') return 'number'
  return shape === '9999-99-99' ? 'date' : shape === '9999-99-99 99:99' ? 'datetime-local' : shape === '99:99' ? 'time' : 'text'
}

/** Whether a field needs the whole width. */
export function wide(field: RowField): boolean {
  return (field.type === 'text' && !field.typical && field.choices.length === 0) || [field.name, ...field.choices, String(field.typical)].some((text) => text.length > LONG) || inputType(field) === 'datetime-local'
}

/** A field's value as an application takes it: numbers as numbers, nothing as missing, dates with a space before the time. */
export function parseField(field: RowField, text: string): unknown {
  if (text === '') return null
  if (inputType(field) === 'number') return Number(text)
  return inputType(field) === 'datetime-local' ? text.replace('T', ' ') : text
}

/** A value as the field of its type shows it. */
export function formatField(field: RowField, value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  return inputType(field) === 'datetime-local' ? text.replace(' ', 'T') : text
}
