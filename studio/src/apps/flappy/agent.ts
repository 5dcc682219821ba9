// The model in use, as it plays here: its graph and the pictures it knows the game by come from the server.

import { ask, type Made } from '../../lib/api'
import { Model } from '../../lib/onnx/model'
import { bytesIn } from '../../lib/safetensors'
import type { Pictures } from './pictures'
import { USUAL, type Rules } from './rules'
import { COLUMNS, ROWS, SIZE } from './sight'

export interface Thought {
  idle: number // log-odds
  flap: number
  value: number // what it expects to score from here on, later points counting less
}

interface Settings extends Rules {
  skip: number
}

interface About {
  settings: Partial<Settings>
}

export class Agent {
  readonly pictures: Pictures
  readonly learned: Rules // the game it learned in
  readonly skip: number // frames a decision lasts
  #graph: ArrayBuffer
  #model: Model

  private constructor(graph: ArrayBuffer, model: Model, pictures: Pictures, settings: Settings) {
    this.#graph = graph
    this.#model = model
    this.pictures = pictures
    this.skip = settings.skip
    this.learned = { gravity: settings.gravity, gap: settings.gap, speed: settings.speed }
  }

  static async open(application: string): Promise<Agent> {
    const exported = ask(application, 'export')
    const bytes = (answer: Response) => answer.arrayBuffer()
    const [graph, pictures, about] = [
      exported.then(({ files }) => fetched(files, '.onnx')).then(bytes),
      ask(application, 'sight').then(({ files }) => fetched(files, '.safetensors')).then(bytes),
      exported.then(({ files }) => fetched(files, '.json')).then((answer) => answer.json() as Promise<About>),
    ]
    const [model, drawn, { settings }] = await Promise.all([Model.open(graph), pictures, about])
    return new Agent(await graph, model, bytesIn(drawn) as unknown as Pictures, { skip: 3, ...USUAL, ...settings })
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

  close(): void {
    this.#model.close()
  }
}

async function thoughts(model: Model, seen: Uint8Array<ArrayBuffer>): Promise<Thought[]> {
  const count = seen.length / SIZE
  const { logits, value } = await model.run('seen', seen, [count, ROWS, COLUMNS, 6])
  return Array.from({ length: count }, (_, at) => ({
    idle: logits![at * 2]!, flap: logits![at * 2 + 1]!, value: value![at]!,
  }))
}

async function fetched(files: Made[], ending: string): Promise<Response> {
  const answer = await fetch(files.find((file) => file.name.endsWith(ending))!.url)
  if (!answer.ok) throw new Error('The model could not be fetched; load the page anew.')
  return answer
}
