// The talk with the assistant: what was said, what it answered and did, and what it knows; kept while the studio is open.

import { runCommand } from '../../lib/api'

export interface Step { heard: string; intents: [string, number][]; decided: string; slots: Record<string, string> }

interface Answer { reply: string; acts: { skill: string | null; intent: string | null; act: string }[]; household: boolean; trace: Step[]; waits: string; undoable: number; ms: number }

export interface Turn { id: number; said: string; answer?: Answer; problem?: unknown; lesson?: string }

export interface Source { number: number; source: string; holds: Record<string, number>; read: number; skipped: string[] }

export interface Intent { label: string; skill: string; summary: string }

/** A skill that was made on the page. */
export interface OwnSkill { name: string; intent: string; sentences: string[]; reply: string }

export class Talk {
  turns = $state<Turn[]>([])
  sources = $state.raw<Source[]>()
  intents = $state.raw<Intent[]>([])
  skills = $state.raw<OwnSkill[]>([])
  busy = $state('')
  problem = $state<unknown>()
  /** Reminders that rang and were not seen yet. */
  rings = $state<string[]>([])
  readonly application: string
  #next = 0

  constructor(application: string) {
    this.application = application
  }

  get last(): Turn | undefined {
    return this.turns.at(-1)
  }

  /** What an intent is called for people. */
  describe(label: string): string {
    return this.intents.find((one) => one.label === label)?.summary ?? label.replaceAll(/[._]/g, ' ')
  }

  /** Read what it knows and what a sentence can mean. */
  async open(): Promise<void> {
    await this.#attempt('', async () => {
      await this.readIntents()
      await this.#readSources()
    })
  }

  async readIntents(): Promise<void> {
    const { payload } = await runCommand<{ intents: Intent[]; skills: OwnSkill[] }>(this.application, 'intents')
    this.intents = payload.intents
    this.skills = payload.skills
  }

  async #readSources(): Promise<void> {
    this.sources = (await runCommand<{ sources: Source[] }>(this.application, 'sources')).payload.sources
  }

  async say(text: string): Promise<void> {
    if (this.busy) return
    this.turns.push({ id: this.#next++, said: text })
    const turn = this.turns.at(-1)!
    this.busy = 'Thinking'
    try {
      turn.answer = (await runCommand<Answer>(this.application, 'ask', { text })).payload
      if (turn.answer.acts.some(({ act }) => act === 'done' || act === 'undone')) await this.#readSources()
    } catch (problem) {
      turn.problem = problem
    } finally {
      this.busy = ''
    }
  }

  /** Have what was recorded heard and answered; `name` is what the command calls the sound. */
  async hear(sound: File, name: string): Promise<void> {
    await this.#attempt('Listening to it', async () => {
      const { payload } = await runCommand<Partial<Answer> & { heard?: string }>(this.application, 'listen', {}, { [name]: [sound] })
      const said = payload.heard ?? payload.trace?.[0]?.heard ?? ''
      if (payload.reply) this.turns.push({ id: this.#next++, said, answer: { acts: [], household: false, trace: [], waits: '', undoable: 0, ms: 0, ...payload } as Answer })
    })
  }

  /** Read which reminders ring now. */
  async ring(): Promise<void> {
    const { due } = (await runCommand<{ due: string[] }>(this.application, 'due')).payload
    this.rings.push(...due)
  }

  /** Forget what was said, here and in the workspace. */
  async forgetTalk(): Promise<void> {
    await this.#attempt('Forgetting', async () => {
      await runCommand(this.application, 'forget', { source: 'talk' })
      this.turns = []
    })
  }

  async connect(files: File[]): Promise<void> {
    await this.#attempt('Reading', async () => {
      await runCommand(this.application, 'connect-files', {}, { files })
      await this.#readSources()
    })
  }

  async forget(source: Source): Promise<void> {
    await this.#attempt('Forgetting', async () => {
      await runCommand(this.application, 'forget', { source: String(source.number) })
      await this.#readSources()
    })
  }

  async teach(turn: Turn, heard: string, label: string): Promise<void> {
    await this.#attempt('Learning', async () => {
      const { report } = await runCommand(this.application, 'teach', { input: heard, answer: label })
      turn.lesson = report.summary || report.title
    })
  }

  async unteach(turn: Turn): Promise<void> {
    await this.#attempt('Taking it back', async () => {
      await runCommand(this.application, 'undo')
      turn.lesson = undefined
    })
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    if (this.busy) return
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
}

const talks = new Map<string, Talk>()

/** The talk with an application, the same whenever its page is opened. */
export function openTalk(application: string): Talk {
  const found = talks.get(application) ?? new Talk(application)
  talks.set(application, found)
  return found
}
