// Follow runs by one connection for all that a page shows: a browser opens six to a host, and each event stream holds one.

import type { RunInfo } from './api'
import type { LogLine } from './log'

export interface RunListener {
  /** Lines of the log; with `fromStart` they are all there are so far. */
  log: (lines: LogLine[], fromStart: boolean) => void
  state: (facts: RunInfo) => void
  end: () => void
}

interface RunEvent<Data> {
  run: string
  data: Data
}

const RETRY = [3, 6, 12, 24, 60] // seconds until the service is asked again after it refused

class RunEvents {
  #application: string
  #listeners = new Set<readonly [string, RunListener]>()
  #stream: EventSource | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #refusals = 0
  #begun = new Set<string>() // runs whose log was told since the connection was opened

  constructor(application: string) {
    this.#application = application
  }

  follow(run: string, listener: RunListener): () => void {
    const entry = [run, listener] as const
    this.#listeners.add(entry)
    this.#openSoon() // the log comes from its start
    return () => this.#drop(entry)
  }

  /** Hold no connection while the page is hidden. */
  heedVisibility(): void {
    if (document.hidden) this.#close()
    else this.#openSoon()
  }

  #openSoon(seconds = 0): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#open(), 1000 * seconds)
  }

  #open(): void {
    this.#close()
    if (!this.#listeners.size || document.hidden) return
    const runs = [...new Set([...this.#listeners].map(([run]) => run))]
    const query = new URLSearchParams(runs.map((run) => ['run', run]))
    const stream = new EventSource(`/v1/${this.#application}/runs/events?${query}`)
    this.#stream = stream
    stream.addEventListener('open', () => {
      this.#refusals = 0
      this.#begun.clear()
    })
    stream.addEventListener('error', () => {
      // The browser opens a lost connection again, but not a refused one.
      if (stream.readyState === EventSource.CLOSED) this.#openSoon(RETRY[Math.min(this.#refusals++, RETRY.length - 1)])
    })
    this.#hear<LogLine[]>(stream, 'log', (listener, lines, run) => listener.log(lines, !this.#begun.has(run)), (run) => this.#begun.add(run))
    this.#hear<RunInfo>(stream, 'state', (listener, facts) => listener.state(facts))
    this.#hear(stream, 'end', (listener) => listener.end(), (run) => {
      for (const entry of [...this.#listeners]) if (entry[0] === run) this.#drop(entry)
    })
  }

  /** Tell each listener of a run what an event says of it, then do what comes after. */
  #hear<Data>(stream: EventSource, event: string, tell: (listener: RunListener, data: Data, run: string) => void, then?: (run: string) => void): void {
    stream.addEventListener(event, (message) => {
      const { run, data } = JSON.parse(message.data) as RunEvent<Data>
      for (const [name, listener] of [...this.#listeners]) if (name === run) tell(listener, data, run)
      then?.(run)
    })
  }

  #drop(entry: readonly [string, RunListener]): void {
    this.#listeners.delete(entry)
    if (!this.#listeners.size) this.#close()
  }

  #close(): void {
    clearTimeout(this.#timer)
    this.#stream?.close()
    this.#stream = undefined
    this.#begun.clear()
  }
}

const followed = new Map<string, RunEvents>()

/** Hear of a run until it ends, or until the returned function is called. */
export function followRun(application: string, run: string, listener: RunListener): () => void {
  let events = followed.get(application)
  if (!events) {
    const made = new RunEvents(application)
    document.addEventListener('visibilitychange', () => made.heedVisibility())
    followed.set(application, (events = made))
  }
  return events.follow(run, listener)
}
