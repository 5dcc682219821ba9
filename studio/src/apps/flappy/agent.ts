// The model in use, as it plays here: its graph and the images it knows the game by come from the server.

import { runCommand, type OutputFile } from '../../lib/api'
import { Model } from '../../lib/onnx/model'
import { bytesIn } from '../../lib/safetensors'
import type { GameImages } from './images'
import { USUAL, type Rules } from './rules'
import { COLUMNS, ROWS, SIZE } from './sight'
import type { Mind, Thought } from './types'

interface Settings extends Rules {
  skip: number
  preset: string
}

/** The bird as it was at some moment of its training, as a file. */
export interface Early {
  file: string
  frames: number // played until then
  minutes: number // trained until then
}

/** Where its files come from: the server, or what lies beside the page. */
export interface Source {
  read: (name: string) => Promise<ArrayBuffer>
  sizes: Promise<Record<string, number>> // in bytes
}

interface About {
  settings: Partial<Settings>
  early?: Early[]
}

export class Agent {
  readonly images: GameImages
  readonly learned: Rules // the game it learned in
  readonly varied: boolean // whether it learned in games that each had rules of their own
  readonly skip: number // frames a decision lasts
  readonly early: Early[]
  #source: Source
  #sizes: Record<string, number>
  #graph: ArrayBuffer
  #model: Model

  private constructor(graph: ArrayBuffer, model: Model, images: GameImages, { settings, early = [] }: About, source: Source, sizes: Record<string, number>) {
    const all: Settings = { skip: 3, preset: 'laptop', ...USUAL, ...settings }
    this.#graph = graph
    this.#model = model
    this.#source = source
    this.#sizes = sizes
    this.images = images
    this.skip = all.skip
    this.learned = { gravity: all.gravity, gap: all.gap, speed: all.speed }
    this.varied = all.preset === 'any-rules'
    this.early = early
  }

  static async open(application: string): Promise<Agent> {
    const exported = runCommand(application, 'export')
    const bytes = (answer: Response) => answer.arrayBuffer()
    const drawn = runCommand(application, 'sight').then(({ files }) => fetchFile(files, 'sight.safetensors')).then(bytes)
    return Agent.from({
      read: (name) => (name === 'sight.safetensors' ? drawn : exported.then(({ files }) => fetchFile(files, name)).then(bytes)),
      sizes: exported.then(({ files }) => Object.fromEntries(files.map((file) => [file.name.split('/').at(-1)!, file.bytes]))),
    })
  }

  /** The agent whose files come from anywhere. */
  static async from(source: Source): Promise<Agent> {
    const [graph, images] = [source.read('policy.onnx'), source.read('sight.safetensors')]
    const about = source.read('flappy.json').then((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as About)
    const [model, drawn, settings, sizes] = await Promise.all([Model.open(graph), images, about, source.sizes])
    return new Agent(await graph, model, bytesIn(drawn) as unknown as GameImages, settings, source, sizes)
  }

  /** What it thinks of situations, one after the other in `seen`, which is given away. */
  async think(seen: Uint8Array<ArrayBuffer>): Promise<Thought[]> {
    return thoughts(this.#model, seen)
  }

  /** The same model once more: it can be asked a lot while this one plays. */
  async twin(): Promise<{ think: (seen: Uint8Array<ArrayBuffer>) => Promise<Thought[]>; close: () => void }> {
    const model = await Model.open(this.#graph)
    return { think: (seen) => thoughts(model, seen), close: () => model.close() }
  }

  /** How many bytes there are to fetch before its younger selves can play. */
  get youngerSize(): number {
    return this.early.reduce((sum, { file }) => sum + (this.#sizes[file] ?? 0), 0)
  }

  /** It as it was at earlier moments, which share a worker: none of them has much to do. */
  async younger(): Promise<{ minds: Mind[]; close: () => void }> {
    const graphs = this.early.map(({ file }) => this.#source.read(file))
    const model = await Model.open(...graphs)
    const { images, skip } = this
    const minds = graphs.map((_, which): Mind => ({ images, skip, think: (seen) => thoughts(model, seen, which) }))
    return { minds, close: () => model.close() }
  }

  close(): void {
    this.#model.close()
  }
}

async function thoughts(model: Model, seen: Uint8Array<ArrayBuffer>, which = 0): Promise<Thought[]> {
  const count = seen.length / SIZE
  const { logits, value } = await model.run('seen', seen, [count, ROWS, COLUMNS, 6], which)
  return Array.from({ length: count }, (_, at) => ({
    idle: logits![at * 2]!, flap: logits![at * 2 + 1]!, value: value![at]!,
  }))
}

function findFile(files: OutputFile[], name: string): OutputFile {
  return files.find((file) => file.name.split('/').at(-1) === name)!
}

async function fetchFile(files: OutputFile[], name: string): Promise<Response> {
  const answer = await fetch(findFile(files, name).url)
  if (!answer.ok) throw new Error('The model could not be fetched; reload the page.')
  return answer
}
