// A pupil of a class whose browser computes by itself: what was taught lies in this tab alone, for as long as it is open,
// and the service hears of numbers only, and of no word that the lesson does not ask for itself.

import type { DeskFiles, DeskReader, Progress } from '../site/files'
import type { Event, Row } from '../site/conditions'
import { get, post } from './api'
import { forgetTaught, TAUGHT as STORED } from './strip'

const LETTERS: Record<string, string> = { right: 'r', wrong: 'w', unknown: 'u' }

/** What browsers of the class can do, by application, and words that tasks ask for. */
export interface Ability {
  verbs: Record<string, string[]>
  labels: string[]
}

let asked: Promise<Ability> | undefined

export function fetchAbility(): Promise<Ability> {
  asked ??= get<Ability>('/learn/browser').catch((problem) => {
    asked = undefined
    throw problem
  })
  return asked
}

class Pupil implements DeskReader {
  visitor: number | null = null
  labels: string[] = []
  done: () => void = () => undefined // after each thing that was done

  async add(verb: string, application: string, facts: Event['facts'] = {}, rows: Row[] = []): Promise<void> {
    await post('/learn/browser', { verb, application, ...describe(facts, rows, this.labels) })
    this.done()
  }

  async takeBack(application: string, batch: number): Promise<void> {
    await post('/learn/browser', { application, takes_back: batch })
    this.done()
  }

  async kept<T>(application: string): Promise<T | undefined> {
    try {
      const stored = JSON.parse(sessionStorage.getItem(STORED) ?? '{}', fromText) as { visitor?: number | null; of?: Record<string, T> }
      if (stored.visitor === this.visitor) return stored.of?.[application]
    } catch {
      // Nothing is kept, or it is from an older version.
    }
    forgetTaught()
    return undefined
  }

  async keep(application: string, value: unknown): Promise<void> {
    try {
      sessionStorage.setItem(STORED, JSON.stringify({ visitor: this.visitor, of: { [application]: value } }, toText))
    } catch {
      forgetTaught() // it is full: better nothing than half of it after a reload
    }
  }
}

/** The one of this tab, whichever page is open. */
export const pupil = new Pupil()

/** An event as the service takes it: one label for all rows of a lesson, and how each went. */
export function describe(facts: Event['facts'], rows: Row[], labels: string[]): Record<string, unknown> {
  const { batch, ...rest } = facts
  if (!rows.length) return { facts: rest }
  const label = rows[0]!.label ?? ''
  return { facts: rest, change: batch, label: labels.includes(label) ? label : '', outcomes: rows.map(({ outcome }) => LETTERS[outcome] ?? '-').join('') }
}

/** Points as text; JSON alone would write a name before each number. */
export function toText(_: string, value: unknown): unknown {
  if (!(value instanceof Float32Array)) return value
  return { floats: btoa(Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), (byte) => String.fromCharCode(byte)).join('')) }
}

export function fromText(_: string, value: unknown): unknown {
  const { floats } = (value ?? {}) as { floats?: unknown }
  return typeof floats === 'string' ? new Float32Array(Uint8Array.from(atob(floats), (letter) => letter.charCodeAt(0)).buffer) : value
}

let arrived = false

/** Whether all that browsers compute with is there; until then the service computes. */
export const hasArrived = (): boolean => arrived

/** The files of the class's server. */
export class ClassFiles implements DeskFiles {
  async get(application: string, name: string, tell?: Progress): Promise<ArrayBuffer> {
    const answer = await fetch(this.#address(application, name))
    if (!answer.ok || !answer.body) throw new Error(`${name} could not be fetched. The page of the application does the same on the class's computer.`)
    const all = Number(answer.headers.get('Content-Length') ?? 0)
    if (!tell || !all) return answer.arrayBuffer()
    const parts: Uint8Array<ArrayBuffer>[] = []
    let got = 0
    for (let reader = answer.body.getReader(), part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value)
      got += part.value.length
      tell(got, all)
    }
    return new Blob(parts).arrayBuffer()
  }

  async json<T>(application: string, name: string): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.get(application, name))) as T
  }

  async image(application: string, name: string): Promise<string> {
    return this.#address(application, name)
  }

  /** It is asked to once everything is there; a class has its server, so that nothing is to be kept. */
  keepOffline(): void {
    arrived = true
  }

  #address(application: string, name: string): string {
    return `/v1/learn/browser/${application}/${name}`
  }
}
