// The reader of these pages: what was done, kept in the browser and, small, in the address.

import { fromAddress, toAddress } from './address'
import type { Event, Row } from './conditions'
import { Progress, type LessonFacts } from './progress'
import type { DeskReader } from './files'
import { openStore, type Store } from './store'

const EVENTS = 'events'

export class Reader implements DeskReader {
  events = $state.raw<Event[]>([])
  lasts = $state(true) // whether it is still there tomorrow
  readonly lesson: LessonFacts
  readonly progress = $derived.by(() => new Progress(this.lesson, this.events))
  #store!: Store

  constructor(lesson: LessonFacts) {
    this.lesson = lesson
  }

  /** What this browser holds; where it holds nothing, what the address brought. */
  async open(): Promise<void> {
    this.#store = await openStore()
    this.lasts = this.#store.lasts
    await this.look()
    const brought = await fromAddress(location.hash)
    if (!this.events.length && brought.length) await this.#keep(brought)
    else await this.#show()
  }

  /** Take in what another page of the lesson wrote meanwhile. */
  async look(): Promise<void> {
    this.events = (await this.#store.get<Event[]>(EVENTS)) ?? []
  }

  async add(verb: string, application: string, facts: Event['facts'] = {}, rows: Row[] = []): Promise<void> {
    await this.look()
    await this.#keep([...this.events, { verb, application, facts, rows }])
  }

  /** Take the rows of a batch back: they count no more, as if they had never been taught. */
  async takeBack(application: string, batch: number): Promise<void> {
    await this.look()
    await this.#keep(this.events.map((event) => (event.application === application && event.facts.batch === batch ? { ...event, rows: [] } : event)))
  }

  /** What an application keeps of its own here. */
  kept<T>(application: string): Promise<T | undefined> {
    return this.#store.get<T>(`of ${application}`)
  }

  keep(application: string, value: unknown): Promise<void> {
    return this.#store.set(`of ${application}`, value)
  }

  async forgetAll(): Promise<void> {
    await this.#store.clear()
    this.events = []
    await this.#show()
  }

  async #keep(events: Event[]): Promise<void> {
    this.events = events
    await this.#store.set(EVENTS, events)
    await this.#show()
  }

  /** Say it in the address; and where the browser keeps nothing, in the links to the other pages. */
  async #show(): Promise<void> {
    const hash = await toAddress(this.events)
    if (hash || location.hash.startsWith('#done=')) history.replaceState(null, '', hash || location.pathname + location.search)
    if (this.lasts) return
    for (const link of document.querySelectorAll<HTMLAnchorElement>('a[href$=".html"], a[href*=".html#done="]')) link.hash = hash
  }
}
