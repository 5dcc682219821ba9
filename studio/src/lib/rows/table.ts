// A table of answers as it came from the server: read row by row when it is needed, sorted, filtered, corrected, saved.

/** What stands behind each row's own columns, in this order; see the writer of the file. */
const ADDED = ['answer', 'probability', 'interval_low', 'interval_high', 'problem'] as const
type Added = (typeof ADDED)[number]

export interface Row {
  number: number // from 0 on, in the order of the file
  given: string[]
  answer: string
  probability: number | null
  low: string
  high: string
  problem: string
  before?: string | undefined // its answer before the last correction, where that was another
  taught?: boolean | undefined
}

/** What is known of a row since the file was written. */
export type Change = Partial<Pick<Row, 'answer' | 'probability' | 'low' | 'high' | 'problem' | 'before' | 'taught'>>

export interface Query {
  sort?: { column: number; down: boolean } | undefined // an index into `names`
  text?: string
  answer?: string | undefined // rows of this answer alone; the empty one for those without
}

export class AnswerTable {
  readonly names: string[] // columns of the rows, then ADDED under the names that the file gives them
  readonly count: number
  #text: string
  #starts: Uint32Array
  #changes = new Map<number, Change>()
  #view: Uint32Array

  /** `before` is the same table as it was answered earlier: marks and the order of rows stay. */
  constructor(text: string, before?: AnswerTable) {
    this.#text = text
    const starts = rowStarts(text)
    this.names = cells(text, starts[0]!)
    this.#starts = starts.subarray(1)
    this.count = this.#starts.length
    this.#view = before?.count === this.count ? before.#view : everyRow(this.count)
    for (const number of before?.taught ?? []) this.change(number, { taught: true })
    for (const number of before?.count === this.count ? this.#view : []) this.#compare(number, before!)
  }

  get givenNames(): string[] {
    return this.names.slice(0, -ADDED.length)
  }

  row(number: number): Row {
    const found = cells(this.#text, this.#starts[number]!)
    const given = found.slice(0, this.names.length - ADDED.length)
    const added = Object.fromEntries(ADDED.map((name, at) => [name, found[given.length + at] ?? ''])) as Record<Added, string>
    const row: Row = {
      number,
      given,
      answer: added.answer,
      probability: added.probability === '' ? null : Number(added.probability),
      low: added.interval_low,
      high: added.interval_high,
      problem: added.problem,
    }
    return { ...row, ...this.#changes.get(number) }
  }

  change(number: number, change: Change): void {
    this.#changes.set(number, { ...this.#changes.get(number), ...change })
  }

  /** Which rows were taught. */
  get taught(): number[] {
    return [...this.#changes].filter(([, { taught }]) => taught).map(([number]) => number)
  }

  get shown(): number {
    return this.#view.length
  }

  /** Choose rows and their order; how many there are. */
  query({ sort, text = '', answer }: Query): number {
    const wanted = text.trim().toLowerCase()
    let view = everyRow(this.count)
    if (wanted || answer !== undefined) view = view.filter((number) => this.#matches(this.row(number), wanted, answer))
    if (sort) view = this.#sort(view, sort.column, sort.down)
    this.#view = view
    return view.length
  }

  page(first: number, count: number): Row[] {
    return [...this.#view.subarray(first, first + count)].map((number) => this.row(number))
  }

  /** How often each answer was given, the most frequent first. */
  answers(): [string, number][] {
    const counts = new Map<string, number>()
    for (let number = 0; number < this.count; number++) {
      const { answer } = this.row(number)
      counts.set(answer, (counts.get(answer) ?? 0) + 1)
    }
    return [...counts].sort((one, other) => other[1] - one[1])
  }

  /** All of it as CSV, with what was corrected; a column tells which rows were taught, if any were. */
  csv(): string {
    const taught = this.taught.length > 0
    const lines = [[...this.names, ...(taught ? ['taught'] : [])]]
    for (let number = 0; number < this.count; number++) {
      const row = this.row(number)
      const added = [row.answer, row.probability === null ? '' : String(row.probability), row.low, row.high, row.problem]
      lines.push([...row.given, ...added, ...(taught ? [row.taught ? 'yes' : ''] : [])])
    }
    return lines.map((line) => line.map(quote).join(',')).join('\n') + '\n'
  }

  /** Mark a row whose answer was another before. */
  #compare(number: number, before: AnswerTable): void {
    const was = before.row(number).answer
    if (was !== this.row(number).answer) this.change(number, { before: was || 'not known' })
  }

  #matches(row: Row, wanted: string, answer: string | undefined): boolean {
    if (answer !== undefined && row.answer !== answer) return false
    return !wanted || [...row.given, row.answer, row.problem].some((cell) => cell.toLowerCase().includes(wanted))
  }

  #sort(view: Uint32Array, column: number, down: boolean): Uint32Array {
    const keys = [...view].map((number) => this.#cell(this.row(number), column))
    const numbers = keys.map((key) => (key === '' ? NaN : Number(key)))
    const numeric = keys.every((key, at) => key === '' || !Number.isNaN(numbers[at]))
    const order = [...view.keys()].sort((one, other) => {
      // Missing values come last, in both directions.
      if (keys[one] === '' || keys[other] === '') return Number(keys[one] === '') - Number(keys[other] === '')
      const less = numeric ? numbers[one]! - numbers[other]! : keys[one]! < keys[other]! ? -1 : Number(keys[one]! > keys[other]!)
      return down ? -less : less
    })
    return Uint32Array.from(order, (at) => view[at]!)
  }

  #cell(row: Row, column: number): string {
    const added = column - row.given.length
    if (added < 0) return row.given[column]!
    const value = [row.answer, row.probability, row.low, row.high, row.problem][added]
    return value === null || value === undefined ? '' : String(value)
  }
}

function everyRow(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, number) => number)
}

function rowStarts(text: string): Uint32Array {
  const starts: number[] = []
  let quoted = false
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) quoted = !quoted
    else if (code === 10 && !quoted) {
      starts.push(start)
      start = at + 1
    }
  }
  if (start < text.length) starts.push(start)
  return Uint32Array.from(starts)
}

/** The cells of the row that begins at a position. */
export function cells(text: string, start: number): string[] {
  const found: string[] = []
  let at = start
  for (;;) {
    if (text[at] === '"') {
      let cell = ''
      for (at++; ; at++) {
        const end = text.indexOf('"', at)
        if (end < 0) return [...found, cell + text.slice(at)]
        cell += text.slice(at, end)
        at = end + 1
        if (text[at] !== '"') break
        cell += '"'
      }
      found.push(cell)
    } else {
      const from = at
      while (at < text.length && text[at] !== ',' && text[at] !== '\n') at++
      found.push(text.slice(from, at))
    }
    if (text[at] !== ',') return found
    at++
  }
}

/** A cell as CSV has it. */
export function quote(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
