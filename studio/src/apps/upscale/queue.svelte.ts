// Many photographs and clips, one after the other: each is sent, made larger and can be saved as soon as it is done.

import { runCommand, getPath, type OutputFile, type Prediction, type Values } from '../../lib/api'
import { makeDistinct, zip } from '../../lib/zip'

export interface Job {
  id: number
  file: File
  name: string // with the folders it was chosen with
  pixels: number // of all frames of a clip; 0 where the page cannot tell
  size: string // as the service takes it: 640x480, of a clip 640x480*250
  film: boolean
  began: number // milliseconds, while it is worked on
  state: 'waiting' | 'working' | 'done' | 'failed' | 'left'
  problem: string
  result?: Prediction
  made?: OutputFile
}

const AT_ONCE = 2 // one is sent while another is made

export class Queue {
  jobs = $state<Job[]>([])
  pace = $state(0) // seconds a megapixel takes
  running = $state(false)
  packing = $state(false)
  problem = $state<unknown>()
  readonly #application: string
  #settings: Values = {}
  #stop: AbortController | undefined
  #next = 0
  #measured = ''
  #began = 0
  #made = 0 // megapixels since
  now = $state(performance.now())

  constructor(application: string) {
    this.#application = application
  }

  get waiting(): Job[] {
    return this.jobs.filter(({ state }) => state === 'waiting' || state === 'working')
  }

  get done(): Job[] {
    return this.jobs.filter(({ state }) => state === 'done')
  }

  /** Seconds the rest will take; null before the pace is known. */
  get left(): number | null {
    return remaining(this.jobs, this.pace, this.now)
  }

  /** Put files into the queue; what a clip holds is asked for at once, for no browser tells its frames. */
  async add(files: File[], settings: Values): Promise<void> {
    const fresh: Job[] = files.map((file) => ({
      id: this.#next++, file, name: getPath(file), pixels: 0, size: '', film: isFilm(file), began: 0, state: 'waiting', problem: '',
    }))
    this.jobs = [...this.jobs, ...fresh]
    for (const job of this.jobs.filter(({ size, state }) => !size && state === 'waiting')) {
      if (job.film) await this.#probe(job, settings)
      else Object.assign(job, await sides(job.file))
    }
    await this.measure(settings)
  }

  async #probe(job: Job, settings: Values): Promise<void> {
    try {
      const { payload } = await runCommand<{ width: number; height: number; frames: number }>(this.#application, 'probe', settings, { clip: [job.file] })
      Object.assign(job, { size: `${payload.width}x${payload.height}*${payload.frames}`, pixels: payload.width * payload.height * payload.frames })
    } catch (problem) {
      Object.assign(job, { state: 'failed', problem: messageOf(problem) })
    }
  }

  /** Ask how long these settings take on this machine for what is waiting. */
  async measure(settings: Values): Promise<void> {
    const known = this.waiting.filter(({ size }) => size).slice(0, MOST_SIZES)
    const asked = { ...settings, ...(known.length ? { sizes: known.map(({ size }) => size).join(',') } : {}) }
    const key = JSON.stringify(asked)
    if (this.#measured === key) return
    this.#measured = key
    this.pace = 0
    this.problem = undefined
    try {
      const { payload } = await runCommand<{ seconds_a_megapixel: number }>(this.#application, 'pace', asked)
      if (this.#measured === key && !this.running) this.pace = payload.seconds_a_megapixel
    } catch (problem) {
      if (this.#measured === key) this.problem = problem
    }
  }

  async start(settings: Values): Promise<void> {
    this.#settings = settings
    this.#stop = new AbortController()
    this.running = true
    const clock = setInterval(() => (this.now = performance.now()), 1000)
    this.#began = performance.now()
    this.#made = 0
    for (const job of this.jobs) if (job.state === 'left') job.state = 'waiting'
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.#work(this.#stop!.signal)))
    clearInterval(clock)
    this.running = false
  }

  /** End it; what is done stays. */
  cancel(): void {
    this.#stop?.abort()
    for (const job of this.waiting) job.state = 'left'
  }

  clear(): void {
    this.cancel()
    this.jobs = []
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const job = this.jobs.find(({ state }) => state === 'waiting')
      if (!job || signal.aborted) return
      Object.assign(job, { state: 'working', began: performance.now() })
      try {
        // A clip is worked on in a process of its own, so that other answers need not wait for it.
        const [command, name] = job.film ? ['clip', 'film'] : ['predict', 'inputs']
        const answered = await runCommand<{ results: Prediction[] }>(this.#application, command!, this.#settings, { [name!]: [job.file] }, signal)
        const result = answered.payload.results[0]
        Object.assign(job, { state: 'done', result, made: answered.files[0] })
        this.#made += job.pixels / 1e6
        // From now on as measured, with all that it takes to send and to fetch.
        if (this.#made) this.pace = (performance.now() - this.#began) / 1000 / this.#made
      } catch (problem) {
        if (signal.aborted) return // it was marked when it was cancelled
        Object.assign(job, { state: 'failed', problem: messageOf(problem) })
      }
    }
  }

  /** All that is done, as one file. */
  async pack(): Promise<Blob | undefined> {
    this.packing = true
    this.problem = undefined
    try {
      const names = makeDistinct(this.done.map(({ name, made }) => name.replace(/[^/]*$/, '') + made!.name.split('/').at(-1)!))
      const files = []
      for (const [at, job] of this.done.entries()) {
        const answer = await fetch(job.made!.url)
        if (!answer.ok) throw new Error(`${job.name} is no longer there: what was made is kept for an hour.`)
        files.push({ name: names[at]!, content: await answer.blob() })
      }
      return await zip(files)
    } catch (problem) {
      this.problem = problem
      return undefined
    } finally {
      this.packing = false
    }
  }
}

const kept = new Map<string, Queue>()

/** The queue of an application, the same whenever its page is opened. */
export function queueOf(application: string): Queue {
  const queue = kept.get(application) ?? new Queue(application)
  kept.set(application, queue)
  return queue
}

/** Seconds for what is not done; of a photograph whose size is not known, as many as others take on average. */
export function remaining(jobs: Pick<Job, 'pixels' | 'state' | 'began'>[], pace: number, now = 0): number | null {
  if (!pace) return null
  const known = jobs.filter(({ pixels }) => pixels)
  const usual = known.length ? known.reduce((sum, { pixels }) => sum + pixels, 0) / known.length : 12e6
  const open = jobs.filter(({ state }) => state === 'waiting' || state === 'working')
  return open.reduce((sum, { pixels, state, began }) => {
    const seconds = ((pixels || usual) / 1e6) * pace
    const spent = state === 'working' && began ? Math.max(0, now - began) / 1000 : 0
    return sum + Math.max(seconds - spent, spent ? 0.05 * seconds : 0)
  }, 0)
}

const MOST_SIZES = 500

/** Whether a file is a clip: as the browser says, or by its name. */
export function isFilm(file: File): boolean {
  return file.type.startsWith('video/') || /\.(mkv|mov|m2?ts|avi|wmv|flv|mp4|webm)$/i.test(file.name)
}

function messageOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem)
}

/** Sides and pixels of an image; none of one the browser cannot read, such as HEIC. */
async function sides(file: File): Promise<Pick<Job, 'pixels' | 'size'>> {
  const image = new Image()
  image.src = URL.createObjectURL(file)
  const found = await new Promise<Pick<Job, 'pixels' | 'size'>>((done) => {
    image.onload = () => done({ pixels: image.naturalWidth * image.naturalHeight, size: `${image.naturalWidth}x${image.naturalHeight}` })
    image.onerror = () => done({ pixels: 0, size: '' })
  })
  URL.revokeObjectURL(image.src)
  return found
}
