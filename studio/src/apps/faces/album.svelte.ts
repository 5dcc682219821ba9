// The album as the page knows it: people, groups without a name, suggestions, thumbnails; each answer counts at once.

import { runCommand, type CommandResult, type Values } from '../../lib/api'

export interface Face {
  face: string
  photograph: string | null
  box: [number, number, number, number] // left, top, width, height as fractions of the photograph
  seconds: number | null
  confirmed: boolean
  taken?: string | null
}

export interface Person {
  id: string
  name: string | null // of a group none
  hidden: boolean
  never_suggest: boolean
  faces: Face[]
}

export interface Suggestion {
  face: string
  photograph: string | null
  person: string
  person_id: string
  confidence: number
}

interface Listing { people: Person[]; single_faces: number; faces_not_compared: number }

const BATCH = 100 // thumbnails asked for at once

export class Album {
  people = $state.raw<Person[]>([])
  groups = $state.raw<Person[]>([])
  suggestions = $state.raw<Suggestion[]>([])
  total = $state(0) // of all suggestions
  singles = $state(0) // faces like no other
  weak = $state(0) // faces too small or blurred to be compared
  images = $state<Record<string, string>>({}) // thumbnails by face
  isOpen = $state(false)
  isEmpty = $state(false)
  busy = $state('')
  notice = $state('')
  undoable = $state(0)
  problem = $state<unknown>()
  readonly #application: string
  readonly #asked = new Set<string>()
  #waiting: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(application: string) {
    this.#application = application
  }

  get names(): string[] {
    return this.people.map(({ name }) => name ?? '').filter(Boolean)
  }

  run<Payload = Record<string, unknown>>(command: string, values: Values = {}): Promise<CommandResult<Payload>> {
    return runCommand<Payload>(this.#application, command, values)
  }

  /** Read people, groups and suggestions as they are now. */
  async refresh(): Promise<void> {
    const { payload } = await this.run<{ bytes: number }>('stored')
    this.isEmpty = payload.bytes === 0
    if (this.isEmpty) this.people = this.groups = this.suggestions = []
    else {
      const [people, suggested] = [await this.run<Listing>('people', { hidden: true, single: true }), await this.run<{ suggestions: Suggestion[]; total: number }>('suggest')]
      this.people = people.payload.people.filter(({ name }) => name !== null)
      this.groups = people.payload.people.filter(({ name }) => name === null)
      this.singles = this.groups.filter(({ faces }) => faces.length === 1).length
      this.weak = people.payload.faces_not_compared
      this.suggestions = suggested.payload.suggestions
      this.total = suggested.payload.total
    }
    this.isOpen = true
  }

  /** Do something that changes the album, and read it again; returns whether it was done. */
  async change(what: string, command: string, values: Values, notice = ''): Promise<boolean> {
    return this.attempt(what, async () => {
      await this.run(command, values)
      this.undoable++
      this.notice = notice
      await this.refresh()
    })
  }

  async undo(): Promise<void> {
    await this.attempt('Taking it back', async () => {
      const { payload } = await this.run<{ reverted: string }>('revert')
      this.undoable = Math.max(0, this.undoable - 1)
      this.notice = `Taken back: ${payload.reverted}.`
      await this.refresh()
    })
  }

  /** Do one thing after the other, and say what goes wrong. */
  async attempt(what: string, work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false
    this.busy = what
    this.problem = undefined
    this.notice = ''
    try {
      await work()
      return true
    } catch (problem) {
      this.problem = problem
      return false
    } finally {
      this.busy = ''
    }
  }

  /** Forget all thumbnails, such as after the album was erased. */
  clear(): void {
    this.images = {}
    this.#asked.clear()
    this.undoable = 0
  }

  /** Have the thumbnail of a face read soon, together with others. */
  want(face: string): void {
    if (this.#asked.has(face)) return
    this.#asked.add(face)
    this.#waiting.push(face)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#readThumbnails(), 20)
  }

  async #readThumbnails(): Promise<void> {
    const faces = this.#waiting.splice(0, BATCH)
    if (!faces.length) return
    try {
      const { report } = await this.run('thumbnails', { faces })
      for (const { title, image } of report.figures) this.images[title] = image
    } catch {
      faces.forEach((face) => this.#asked.delete(face)) // one of them is gone; they are asked for again where shown
    }
    if (this.#waiting.length) await this.#readThumbnails()
  }
}

const albums = new Map<string, Album>()

/** The album of an application, kept while the studio is open. */
export function openAlbum(application: string): Album {
  const found = albums.get(application) ?? new Album(application)
  albums.set(application, found)
  return found
}
