// A table of answers in a worker of its own, so that 200,000 rows do not keep the page waiting.

import { AnswerTable, type Change, type Query, type Row } from './table'

export interface Shown {
  count: number // of rows that fit the query
  rows: Row[]
}

let table: AnswerTable | undefined

const work = {
  /** Read the file at an address; a table that was read before keeps its marks and its order. */
  async load(url: string) {
    const answer = await fetch(url)
    if (!answer.ok) throw new Error('The table of answers is gone from the server; give the file again.')
    table = new AnswerTable(await answer.text(), table)
    return { names: table.givenNames, count: table.count, answers: table.answers() }
  },
  async show(query: Query, first: number, size: number): Promise<Shown> {
    return { count: table!.query(query), rows: table!.page(first, size) }
  },
  /** Rows as they were chosen last: nothing moves away from under a hand. */
  async page(first: number, size: number): Promise<Shown> {
    return { count: table!.shown, rows: table!.page(first, size) }
  },
  async change(changes: [number, Change][]) {
    for (const [number, change] of changes) table!.change(number, change)
    return table!.answers()
  },
  async csv() {
    return new Blob([table!.csv()], { type: 'text/csv' })
  },
}

export type Work = typeof work

self.onmessage = async ({ data: { id, name, given } }: MessageEvent<{ id: number; name: keyof Work; given: unknown[] }>) => {
  try {
    const done = await (work[name] as (...given: unknown[]) => Promise<unknown>)(...given)
    self.postMessage({ id, done })
  } catch (problem) {
    self.postMessage({ id, problem: problem instanceof Error ? problem.message : String(problem) })
  }
}
