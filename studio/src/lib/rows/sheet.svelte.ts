// The answers to a file of rows: shown page by page, sorted and filtered, each row corrected by itself.

import { runCommand, type CommandResult, type Prediction } from '../api'
import { RequestOrder } from '../order'
import type { Item, Session } from '../session.svelte'
import type { Change, Query, Row } from './table'
import type { Shown, Work } from './table.worker'

export const PAGE = 50 // rows shown at once
const FEW = 2000 // rows up to which all are answered again after a correction

type Waiting = { done: (value: unknown) => void; failed: (problem: Error) => void }

export class RowSheet {
  names = $state.raw<string[]>([])
  answers = $state.raw<[string, number][]>([])
  total = $state(0)
  shown = $state.raw<Shown>({ count: 0, rows: [] })
  first = $state(0)
  query = $state.raw<Query>({})
  notes = $state.raw<string[]>([])
  seconds = $state('')
  reply = $state('') // to the last correction
  stale = $state(false) // answers of rows not shown are from before the last correction
  readonly file: File
  #session: Session
  #application: string
  #worker = new Worker(new URL('./table.worker.ts', import.meta.url), { type: 'module' })
  #waiting = new Map<number, Waiting>()
  #asked = 0
  #answers = new RequestOrder()

  constructor(application: string, session: Session, file: File) {
    this.#application = application
    this.#session = session
    this.file = file
    this.#worker.onmessage = ({ data }: MessageEvent<{ id: number; done?: unknown; problem?: string }>) => {
      const waiting = this.#waiting.get(data.id)
      this.#waiting.delete(data.id)
      if (data.problem === undefined) waiting?.done(data.done)
      else waiting?.failed(new Error(data.problem))
    }
  }

  /** Whether any row has an answer; where none has, the file holds a table that the model knows nothing of. */
  get answered(): boolean {
    return this.answers.some(([answer]) => answer)
  }

  /** Have all rows answered. */
  async load(): Promise<void> {
    const isNewest = this.#answers.send()
    const given = { ...this.#session.chosenSettings(), out: 'answers.csv' }
    const answered: CommandResult = await runCommand(this.#application, 'predict', given, { inputs: [this.file] }, undefined, 'return=minimal')
    if (!isNewest()) return
    this.notes = answered.report.notes.filter((note) => !/^Written to|--json/.test(note))
    this.seconds = answered.report.summary.split('; ').at(-1)!.replace(/\.$/, '')
    const { names, count, answers } = await this.#work('load', answered.files[0]!.url)
    ;[this.names, this.total, this.answers, this.stale] = [names, count, answers, false]
    this.shown = await this.#work('page', this.first, PAGE)
  }

  async show(query: Query = this.query, first = this.first): Promise<void> {
    this.query = query
    const found = await this.#work('show', $state.snapshot(query) as Query, first, PAGE)
    const last = Math.max(0, Math.floor((found.count - 1) / PAGE) * PAGE)
    if (first > last) return this.show(query, last)
    ;[this.shown, this.first] = [found, first]
  }

  /** A row as something that can be taught and explained like any other input. */
  item(row: Row): Item {
    const known = row.answer !== '' && row.problem === ''
    const result: Prediction = {
      input: `Row ${row.number + 1}`, answer: row.answer, confidence: row.probability, interval: null, known,
      alternatives: [], evidence: [], files: [], error: null,
    }
    return { id: row.number, given: { name: `Row ${row.number + 1}`, value: this.values(row) }, result, made: [], busy: '' }
  }

  /** A row as it stands in the file: texts by their columns, nothing where nothing is. */
  values(row: Row): Record<string, string | null> {
    return Object.fromEntries(this.names.map((name, at) => [name, row.given[at] || null]))
  }

  /** Say what one row is, or that its answer is right; then see what that changes. */
  async teach(row: Row, answer?: string): Promise<void> {
    const answered = await this.#session.teach([this.item(row)], answer, {
      taught: ({ taught }) => {
        const change = { taught: true, answer: String(taught[0]!.now.answer), problem: '' }
        return this.#work('change', [[row.number, change]])
      },
      undone: () => {
        this.reply = ''
        return this.#work('change', [[row.number, { taught: false, before: undefined }]])
      },
    })
    this.reply = answered ? `Row ${row.number + 1}: ${answered.report.summary}` : ''
  }

  /** Ask for the answers again: to all of a small file; of a large one to the rows shown, the others become stale. */
  async again(): Promise<void> {
    if (this.total <= FEW) return this.load()
    this.stale = true
    const isNewest = this.#answers.send()
    const { rows } = this.shown
    const values = { inputs: rows.map((row) => this.values(row)), ...this.#session.chosenSettings() }
    const { payload } = await runCommand<{ results: Prediction[] }>(this.#application, 'predict', values)
    if (!isNewest()) return
    this.answers = await this.#work('change', rows.map((row, at) => [row.number, changeOf(row, payload.results[at]!)]))
    this.shown = await this.#work('page', this.first, PAGE)
  }

  csv(): Promise<Blob> {
    return this.#work('csv')
  }

  close(): void {
    this.#worker.terminate()
  }

  #work<Name extends keyof Work>(name: Name, ...given: Parameters<Work[Name]>): ReturnType<Work[Name]> {
    const id = this.#asked++
    const answer = new Promise((done, failed) => this.#waiting.set(id, { done, failed }))
    this.#worker.postMessage({ id, name, given })
    return answer as ReturnType<Work[Name]>
  }
}

function changeOf(row: Row, prediction: Prediction): Change {
  const answer = prediction.known && !prediction.error ? String(prediction.answer) : ''
  return {
    answer,
    before: answer !== row.answer ? row.answer || 'not known' : undefined,
    probability: prediction.confidence,
    low: prediction.interval ? String(prediction.interval[0]) : '',
    high: prediction.interval ? String(prediction.interval[1]) : '',
    problem: prediction.error ?? (prediction.known ? '' : 'unlike anything it was taught'),
  }
}
