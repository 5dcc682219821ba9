// What was given to an application on its page, what it answered, and what it was taught: kept while the studio is open.

import { runCommand, type CommandResult, type ApplicationDetails, type Files, type OutputFile, type Prediction, type Sample, type Values } from './api'
import { RequestOrder, RequestOrders } from './order'
import { RowSheet } from './rows/sheet.svelte'
import { format, label } from './words'

/** One input: a file, a sample of the application's own, or a value. */
export interface PageInput {
  name: string
  image?: string
  value?: unknown
  file?: File
  sample?: number
}

export interface Item {
  id: number
  given: PageInput
  result?: Prediction
  made: OutputFile[]
  problem?: string
  reply?: string
  target?: unknown // what it was taught to be
  before?: string
  why?: CommandResult
  sheet?: RowSheet // of a file of rows
  stale?: boolean // answered before the last correction
  busy: string
}

export interface Lesson {
  taught: { answer: unknown; now: { answer: unknown; known: boolean; confidence: number | null } }[]
  rows: number
}

const BATCH = 16
const AGAIN = 200 // answers that are asked for again after a correction; others are marked as stale

export class Session {
  items = $state<Item[]>([])
  #model = '' // in use when the answers came
  settings = $state<Values>({})
  labels = $state<string[]>([])
  problem = $state<unknown>()
  notice = $state('')
  undoable = $state(0)
  last = $state<number>() // the input whose card shows what it was taught last, and takes it back
  version = $state(0) // counts corrections and undos
  compact = $state<boolean>() // whether many answers are shown as a sheet of thumbnails
  data = $state.raw<File[]>([]) // given to learn from, not yet sent
  #application: string
  #kind: string
  #next = 0
  #answers = new RequestOrders<number>() // by item
  #counts = new RequestOrder() // of corrections
  #undone: (() => unknown)[] = [] // of each correction made here, what an undo takes off the page

  constructor(details: ApplicationDetails) {
    this.#application = details.name
    this.#kind = details.kind
    this.undoable = details.lessons
  }

  /** Labels that are offered when a user says what something is. */
  learn(labels: (string | number | null)[]): void {
    this.labels = [...new Set([...this.labels, ...labels.filter((label) => label !== null).map(String)])].sort()
  }

  async answer(givens: PageInput[]): Promise<void> {
    const fresh: Item[] = givens.map((given) => ({ id: this.#next++, given, made: [], busy: 'Looking' }))
    this.items = [...fresh, ...this.items]
    const shown = this.items.slice(0, fresh.length)
    await this.#all(shown)
  }

  /** Ask for the answers to all of them: to a few inputs at once, but to each file of rows by itself. */
  async #all(items: Item[], quiet = false): Promise<void> {
    const tables = items.filter((item) => this.#holdsRows(item))
    const rest = items.filter((item) => !tables.includes(item))
    for (let at = 0; at < rest.length; at += BATCH) await this.#predict(rest.slice(at, at + BATCH), quiet)
    for (const item of tables) await this.#table(item)
  }

  #holdsRows(item: Item): boolean {
    return this.#kind === 'record' && item.given.file !== undefined
  }

  /** A file of rows: every row is answered, in a sheet of its own. */
  async #table(item: Item): Promise<void> {
    const sheet = item.sheet ?? new RowSheet(this.#application, this, item.given.file!)
    const isNewest = this.#answers.send(item.id)
    try {
      if (item.sheet) await sheet.again()
      else await sheet.load()
      if (!isNewest()) sheet.close()
      else item.sheet = sheet
    } catch (problem) {
      item.problem = problem instanceof Error ? problem.message : String(problem)
    } finally {
      item.busy = ''
    }
  }

  async #predict(items: Item[], quiet = false): Promise<void> {
    const ordered = [...items.filter((item) => item.given.file), ...items.filter((item) => !item.given.file)]
    const isNewest = ordered.map((item) => this.#answers.send(item.id))
    try {
      const { values, files } = toRequest('inputs', ordered.map((item) => item.given))
      const answered = await runCommand<{ results: Prediction[] }>(this.#application, 'predict', { ...values, ...this.chosenSettings() }, files)
      for (const [at, item] of ordered.entries()) if (isNewest[at]!()) this.#take(item, answered.payload.results[at], answered.files)
    } catch (problem) {
      if (ordered.length > 1 && !quiet) {
        for (const item of ordered) await this.#predict([item], true)
        return
      }
      for (const [at, item] of ordered.entries())
        if (isNewest[at]!()) item.problem = problem instanceof Error ? problem.message : String(problem)
    } finally {
      for (const [at, item] of ordered.entries()) if (isNewest[at]!()) item.busy = ''
    }
  }

  #take(item: Item, result: Prediction | undefined, made: OutputFile[]): void {
    if (!result) return
    const describe = (one: Prediction): string => (one.known ? label(one.answer, this.#kind) : 'not known')
    const before = item.result && describe(item.result)
    const after = describe(result)
    item.before = before !== after ? before : undefined
    item.result = result
    item.stale = false
    item.problem = result.error ?? undefined
    const names = result.files.map((file) => file.path.replace(/^files\//, ''))
    item.made = made.filter((file) => names.includes(file.name))
    if (typeof result.answer === 'string') this.learn([result.answer, ...result.alternatives.map((one) => String(one.answer))])
  }

  /**
   * Teach what inputs are; with no answer, that the present one is right. Then see what changed elsewhere.
   * `marks` are called as soon as it is taught, and when an undo takes that back.
   */
  async teach(items: Item[], answer?: string | File, marks?: { taught: (lesson: Lesson) => unknown; undone: () => unknown }): Promise<CommandResult<Lesson> | undefined> {
    const [first] = items
    if (!first) return undefined
    for (const item of items) item.busy = 'Learning'
    this.problem = undefined
    const isNewestCount = this.#counts.send()
    const isNewest = items.map((item) => this.#answers.send(item.id))
    try {
      const { values, files } = toRequest('input', items.map((item) => item.given))
      if (answer instanceof File) files.answer = [answer]
      else Object.assign(values, answer === undefined ? { right: true } : { answer })
      if (Array.isArray(values.input) && values.input.length === 1) values.input = values.input[0]
      const answered = await runCommand<Lesson>(this.#application, 'teach', { ...values, ...this.chosenSettings() }, files)
      for (const [at, item] of items.entries()) {
        const prediction = answered.payload.taught[at]?.now // at once; what else it means for the answer follows
        item.target = answered.payload.taught[at]?.answer
        if (item.result && prediction && isNewest[at]!()) item.result = { ...item.result, ...prediction, alternatives: [], evidence: [] }
      }
      for (const item of items) item.reply = items.length === 1 ? answered.report.summary : answered.report.title
      this.notice = answered.report.summary
      if (typeof answer === 'string') this.learn([answer])
      await marks?.taught(answered.payload)
      this.noteCorrection(isNewestCount() ? answered.payload.rows : this.undoable, marks?.undone)
      this.last = first.id
      await this.again()
      return answered
    } catch (problem) {
      this.problem = problem
      for (const item of items) item.busy = ''
      return undefined
    }
  }

  /** Take notice of a correction: how many there are now, and what an undo takes off the page. */
  noteCorrection(rows: number, undone: () => unknown = () => {}): void {
    this.undoable = rows
    this.version += 1
    this.last = undefined
    this.#undone.push(undone)
  }

  async undo(): Promise<void> {
    this.problem = undefined
    const isNewest = this.#counts.send()
    try {
      const answered = await runCommand<{ rows: number }>(this.#application, 'undo', this.chosenSettings())
      this.notice = `${answered.report.title.replace(/^.*?: /, '').replace(/^./, (letter) => letter.toUpperCase())}.`
      if (isNewest()) this.undoable = answered.payload.rows
      this.version += 1
      this.last = undefined
      for (const item of this.items) item.reply = undefined
      await this.#undone.pop()?.()
      await this.again()
    } catch (problem) {
      this.problem = problem
    }
  }

  /** Take notice of the model in use: what another one answered is asked for again. */
  follow(model: string): void {
    const before = this.#model
    this.#model = model
    if (before && before !== model && this.items.length) this.again()
  }

  /** Ask for the answers on the page once more, so that a correction is seen to reach what is like it. */
  async again(): Promise<void> {
    const shown = this.items.filter((item) => !item.problem)
    for (const item of shown.slice(AGAIN)) item.stale = true
    await this.#all(shown.slice(0, AGAIN), true)
  }

  /** Ask once more for those that are from before the last correction. */
  async refresh(): Promise<void> {
    await this.#all(this.items.filter((item) => item.stale), true)
  }

  async why(item: Item): Promise<void> {
    item.busy = 'Looking for reasons'
    try {
      const { values, files } = toRequest('input', [item.given])
      if (Array.isArray(values.input)) values.input = values.input[0]
      item.why = await runCommand(this.#application, 'explain', { ...values, ...this.chosenSettings() }, files)
    } catch (problem) {
      item.problem = problem instanceof Error ? problem.message : String(problem)
    } finally {
      item.busy = ''
    }
  }

  /** Put an answer that came by another way among those of the page. */
  show(given: PageInput, result: Prediction, made: OutputFile[]): void {
    this.items = [{ id: this.#next++, given, result, made, busy: '' }, ...this.items]
  }

  drop(item: Item): void {
    item.sheet?.close()
    this.items = this.items.filter((one) => one.id !== item.id)
  }

  clear(): void {
    for (const item of this.items) item.sheet?.close()
    this.items = []
  }

  chosenSettings(): Values {
    return Object.fromEntries(Object.entries(this.settings).filter(([, value]) => value !== undefined))
  }
}

/** Inputs as a request carries them: files under a name, everything else as values of that name. */
export function toRequest(name: string, givens: PageInput[]): { values: Values; files: Files } {
  const rest = givens.filter((given) => !given.file)
  const values = rest.map((given) => (given.sample === undefined ? given.value : { sample: given.sample }))
  const files = givens.flatMap((given) => (given.file ? [given.file] : []))
  return { values: values.length ? { [name]: values } : {}, files: files.length ? { [name]: files } : {} }
}

export function inputFromSample(sample: Sample): PageInput {
  const given: PageInput = { name: format(sample.name) }
  if (sample.thumbnail) return { ...given, image: sample.thumbnail, sample: sample.sample }
  return sample.value === undefined ? { ...given, sample: sample.sample } : { ...given, value: sample.value }
}

export function inputFromFile(file: File): PageInput {
  const given: PageInput = { name: file.name, file }
  return file.type.startsWith('image/') ? { ...given, image: URL.createObjectURL(file) } : given
}

const sessions = new Map<string, Session>()

/** The session of an application, the same whenever its page is opened. */
export function openSession(details: ApplicationDetails): Session {
  const known = sessions.get(details.name)
  if (known) return known
  const fresh = new Session(details)
  sessions.set(details.name, fresh)
  return fresh
}

