// The last scan of a folder: begun, followed and stopped, also while the page shows something else.

import { listRuns, resumeRun, runCommand, startRun, type CommandResult, type RunInfo, type Values } from '../../lib/api'
import type { LogLine } from '../../lib/log'
import { followRun } from '../../lib/runEvents'
import { progress } from '../../lib/runs'
import type { Album } from './album.svelte'

interface ScanCounts { photographs: number; faces: number; copies: number; read: number; skipped: { input: string; why: string }[] }
const SOON = 5000 // milliseconds between two looks at the album while a scan goes on

export class ScanRun {
  run = $state.raw<RunInfo>()
  lines = $state.raw<LogLine[]>([])
  outcome = $state.raw<CommandResult<ScanCounts>>()
  problem = $state<unknown>()
  sending = $state(false)
  readonly #application: string
  readonly #album: Album

  constructor(application: string, album: Album) {
    this.#application = application
    this.#album = album
  }

  /** The name of the run while it goes on. */
  get alive(): string {
    return this.run?.alive ? this.run.run : ''
  }

  get progress(): { share: number | null; text: string } {
    return progress(this.lines, 'Looking through the folder')
  }

  async find(): Promise<void> {
    this.run = (await listRuns(this.#application)).find(({ verb }) => verb === 'scan')
  }

  /** Hear of a run until it ends; what it found can be named meanwhile. Returns what ends that. */
  follow(name: string): () => void {
    const timer = setInterval(() => { if (!document.hidden && !this.#album.busy) void this.#album.refresh().catch(() => undefined) }, SOON)
    const leave = followRun(this.#application, name, {
      log: (found, fromStart) => (this.lines = fromStart ? found : [...this.lines, ...found]),
      state: (found) => {
        this.run = found
        if (!found.alive) void this.#finish(name) // nothing is heard from here on
      },
      end: () => undefined,
    })
    return () => {
      clearInterval(timer)
      leave()
    }
  }

  async begin(values: Values, files: File[]): Promise<boolean> {
    this.outcome = undefined
    this.lines = []
    this.sending = true
    try {
      return await this.attempt(() => startRun(this.#application, 'scan', values, files.length ? { folder: files } : {}))
    } finally {
      this.sending = false
    }
  }

  stop(): Promise<boolean> {
    return this.attempt(() => runCommand(this.#application, 'stop', { run: this.run!.run }))
  }

  resume(): Promise<boolean> {
    return this.attempt(() => resumeRun(this.#application, this.run!.run))
  }

  /** Do something to the run and look at it again; says what goes wrong. */
  async attempt(work: () => Promise<unknown>): Promise<boolean> {
    this.problem = undefined
    try {
      await work()
      await this.find()
      return true
    } catch (problem) {
      this.problem = problem
      return false
    }
  }

  async #finish(name: string): Promise<void> {
    const done = await this.attempt(() => this.#album.refresh())
    if (done && this.run?.report) await this.attempt(async () => (this.outcome = await runCommand<ScanCounts>(this.#application, 'runs', { run: name, out: true })))
  }
}
