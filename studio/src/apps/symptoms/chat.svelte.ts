// The chat of the page: its answers live in this tab alone; red flags stay once they are raised.

import { runCommand } from '../../lib/api'
import { EMPTY, withProfile, withUnderstood, type State, type Step, type Understood } from './chat'

const STORED = 'pippin-symptoms'

export class Chat {
  step = $state.raw<Step>()
  understood = $state.raw<Understood[]>([])
  crisis = $state('')
  problem = $state<unknown>()
  busy = $state('')
  editing = $state('')
  #name: string

  constructor(name: string) {
    this.#name = name
  }

  /** Begin, or go on with what this tab holds. */
  async open(): Promise<void> {
    const stored = sessionStorage.getItem(STORED)
    const earlier = stored ? (JSON.parse(stored) as { state: State; flags: string[] }) : undefined
    await this.#ask('Beginning', earlier ? { state: JSON.stringify(earlier.state), flags: JSON.stringify(earlier.flags) } : {})
  }

  answer(code: string, options: string[]): Promise<void> {
    return this.#ask('Thinking', { ...this.#now(), code, answer: options.join(',') })
  }

  remove(code: string): Promise<void> {
    return this.#ask('Thinking', { ...this.#now(), code, answer: 'remove' })
  }

  /** Take age, sex and past illnesses; the latter are words to be confirmed. */
  profile(age: number | null, sex: string, text: string, keep: boolean): Promise<void> {
    const state = withProfile(this.step?.state ?? EMPTY, age, sex)
    return this.#ask('Thinking', { ...this.#now(), state: JSON.stringify(state), text, keep })
  }

  read(text: string): Promise<void> {
    return this.#ask('Reading', { ...this.#now(), text })
  }

  confirm(one: Understood, right: boolean): Promise<void> {
    const state = withUnderstood(this.step?.state ?? EMPTY, one, right)
    this.understood = this.understood.filter(({ code }) => code !== one.code)
    return this.#ask('Thinking', { ...this.#now(), state: JSON.stringify(state) })
  }

  /** Forget all answers, those kept too. */
  async restart(): Promise<void> {
    sessionStorage.removeItem(STORED)
    this.step = undefined
    this.understood = []
    this.crisis = ''
    await this.#ask('Beginning', { forget: true })
  }

  #now(): Record<string, unknown> {
    return { state: JSON.stringify(this.step?.state ?? EMPTY), flags: JSON.stringify(this.step?.flags.map(({ key }) => key) ?? []) }
  }

  async #ask(what: string, values: Record<string, unknown>): Promise<void> {
    this.busy = what
    this.problem = undefined
    try {
      const { payload } = await runCommand<Step>(this.#name, 'step', values)
      this.crisis = payload.crisis ?? ''
      if (payload.crisis) return
      this.step = payload
      this.editing = ''
      this.understood = [...this.understood, ...payload.understood.filter(({ code }) => !this.understood.some((one) => one.code === code))]
      sessionStorage.setItem(STORED, JSON.stringify({ state: payload.state, flags: payload.flags.map(({ key }) => key) }))
    } catch (found) {
      this.problem = found
    } finally {
      this.busy = ''
    }
  }
}
