// The files that pages compute with: beside the page, or within it where the page is one file that holds everything.

import { inflate, joinPlanes, unpack } from './packing'
import type { Event, Row } from './conditions'

/** Who uses a page: what was done is told here, and what an application keeps of its own lies here. */
export interface DeskReader {
  add(verb: string, application: string, facts?: Event['facts'], rows?: Row[]): Promise<void>
  takeBack(application: string, batch: number): Promise<void>
  kept<T>(application: string): Promise<T | undefined>
  keep(application: string, value: unknown): Promise<void>
}

/** Where an application's files are. */
export interface DeskFiles {
  get(application: string, name: string, tell?: Progress): Promise<ArrayBuffer>
  json<T>(application: string, name: string): Promise<T>
  image(application: string, name: string): Promise<string>
  keepOffline(): void
}

export interface DeskProps {
  reader: DeskReader
  files: DeskFiles
  application: string
  verbs: string[] // what the page's tasks ask of the application
}

export type Progress = (got: number, all: number) => void

const SCRIPT = 'script[type="application/octet-stream"]'

export class SiteFiles implements DeskFiles {
  readonly #within = new Map([...document.querySelectorAll<HTMLScriptElement>(SCRIPT)].map((one) => [one.dataset.name!, one]))
  #isKept = false

  /** Where ONNX Runtime is, where the page holds it itself. */
  parts(): { worker?: () => Worker; runtime?: () => Promise<ArrayBuffer> } {
    if (!this.#within.size) return {}
    const address = URL.createObjectURL(new Blob([this.#bytes('worker.js')], { type: 'text/javascript' }))
    return {
      worker: () => new Worker(address), // of module workers browsers ask an origin, which files have not
      runtime: async () => this.#bytes('files/onnx-runtime.gz').buffer,
    }
  }

  /** A file within the page, as it stands there: see lessons/site_packing.py. */
  #bytes(name: string): Uint8Array<ArrayBuffer> {
    const text = this.#within.get(name)?.textContent
    if (!text) throw new Error(`${name} is missing from this page.`)
    return unpack(text)
  }

  async #file(name: string): Promise<ArrayBuffer> {
    const width = Number(this.#within.get(name)?.dataset.width ?? 0)
    const bytes = this.#bytes(name)
    return width ? joinPlanes(await inflate(bytes), width) : bytes.buffer
  }

  /** An application's file; `tell` hears how much of it has arrived. */
  async get(application: string, name: string, tell?: Progress): Promise<ArrayBuffer> {
    const path = `files/${application}/${name}`
    if (this.#within.size) return this.#file(path)
    const answer = await fetch(path)
    if (!answer.ok || !answer.body) throw new Error(`${path} could not be fetched; is the network off? Reload the page when it is back.`)
    const all = Number(answer.headers.get('Content-Length') ?? 0)
    if (!tell || !all) return answer.arrayBuffer()
    const found = new Uint8Array(all)
    let got = 0
    for (let reader = answer.body.getReader(), part = await reader.read(); !part.done; part = await reader.read()) {
      if (got + part.value.length > all) return (await fetch(path)).arrayBuffer() // it was sent compressed
      found.set(part.value, got)
      got += part.value.length
      tell(got, all)
    }
    return found.buffer.slice(0, got)
  }

  async json<T>(application: string, name: string): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.get(application, name))) as T
  }

  /** An address for an image of an application. */
  async image(application: string, name: string): Promise<string> {
    if (!this.#within.size) return `files/${application}/${name}`
    return URL.createObjectURL(new Blob([await this.#file(`files/${application}/${name}`)], { type: 'image/png' }))
  }

  /** Have the browser keep all pages, so that they open without a network; last, since it fetches what is left. */
  keepOffline(): void {
    if (this.#isKept || this.#within.size || !('serviceWorker' in navigator) || !isSecureContext) return
    this.#isKept = true
    navigator.serviceWorker.register('service-worker.js').catch(() => undefined) // without it, pages work as before
  }
}
