// Images without labels: which of them to ask for first, and how sure the model is of each as it learns.

import { runCommand, type Prediction } from '../../lib/api'
import { inputFromFile, type PageInput } from '../../lib/session.svelte'

export interface Question {
  id: number
  given: PageInput
  answer: string
  known: boolean
  sure: number // 0 where it does not know
  taught: string
  before: number | undefined
  problem: string
}

interface Asked {
  questions: { input: string; answer: string; known: boolean; confidence: number | null }[]
}

export const MOST = 40

export class Questions {
  all = $state<Question[]>([])
  order = $state<number[]>([])
  best = $state.raw<Prediction>()
  busy = $state('')
  problem = $state<unknown>()
  history = $state<number[]>([]) // how sure it was on average: at first, and after each correction
  left = $state(0)
  readonly #application: string

  constructor(application: string) {
    this.#application = application
  }

  get current(): Question | undefined {
    return this.all.find(({ id }) => id === this.order[0])
  }

  get sure(): number {
    return this.all.filter((one) => one.taught || one.sure >= 0.8).length
  }

  async begin(files: File[]): Promise<void> {
    const few = files.slice(0, MOST)
    this.left = files.length - few.length
    this.history = []
    this.all = few.map((file, id) => ({ id, given: inputFromFile(file), answer: '', known: false, sure: 0, taught: '', before: undefined, problem: '' }))
    await this.#work('Looking at them all', () => this.#ask())
  }

  /** Teach the label of the first question, and ask again: other images may be known now. */
  async teach(label: string): Promise<number | undefined> {
    const question = this.current
    if (!question) return undefined
    let rows: number | undefined
    await this.#work('Learning', async () => {
      const taught = await runCommand<{ rows: number }>(this.#application, 'teach', { answer: label }, { input: [question.given.file!] })
      rows = taught.payload.rows
      question.taught = label
      for (const one of this.all) one.before = one.sure
      Object.assign(question, { answer: label, known: true, sure: 1 })
      await this.#ask()
    })
    return rows
  }

  skip(): void {
    this.order = [...this.order.slice(1), ...this.order.slice(0, 1)]
    void this.#work('Looking', () => this.#look())
  }

  clear(): void {
    for (const { given } of this.all) if (given.image) URL.revokeObjectURL(given.image)
    Object.assign(this, { all: [], order: [], history: [], best: undefined })
  }

  async #work(what: string, work: () => Promise<void>): Promise<void> {
    this.busy = what
    this.problem = undefined
    try {
      await work()
    } catch (problem) {
      this.problem = problem
    } finally {
      this.busy = ''
    }
  }

  async #ask(): Promise<void> {
    const open = this.all.filter((one) => !one.taught && !one.problem)
    if (open.length) {
      // Under names of their own: two folders may hold images of one name.
      const files = open.map((one) => new File([one.given.file!], named(one), { type: one.given.file!.type }))
      const { payload } = await runCommand<Asked>(this.#application, 'query', { count: open.length }, { inputs: files })
      const byInput = new Map(payload.questions.map((question, at) => [question.input, { ...question, at }]))
      for (const one of open) {
        const found = byInput.get(named(one))
        // A copy of another image is not asked for; one that cannot be read is told of.
        if (found) Object.assign(one, { answer: found.answer, known: found.known, sure: found.known ? (found.confidence ?? 0) : 0 })
        else one.problem = 'a copy of another, or no image that can be read'
      }
      this.order = payload.questions.map(({ input }) => Number.parseInt(input, 10))
    } else this.order = []
    const usable = this.all.filter((one) => !one.problem)
    this.history = [...this.history, usable.reduce((sum, one) => sum + one.sure, 0) / Math.max(1, usable.length)]
    await this.#look()
  }

  /** The whole answer to the first question. */
  async #look(): Promise<void> {
    this.best = undefined
    const question = this.current
    if (!question) return
    const answered = await runCommand<{ results: Prediction[] }>(this.#application, 'predict', {}, { inputs: [question.given.file!] })
    if (this.current === question) this.best = answered.payload.results[0]
  }
}

function named(question: Question): string {
  return `${question.id}${/\.\w+$/.exec(question.given.name)?.[0] ?? ''}`
}
