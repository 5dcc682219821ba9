// ONNX models that answer in the page, in a worker of their own; most often it is one model.

import runtime from 'virtual:onnx-runtime'
import type { Order, Reply } from './model.worker'

type Outputs = Record<string, Float32Array>
type Waiting = { done: (outputs: Outputs) => void; failed: (problem: Error) => void }
type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never

/** Where the parts lie that models run on; one file that holds everything says so itself. */
export const parts: { worker: () => Worker; runtime: () => string | Promise<ArrayBuffer> } = {
  worker: () => new Worker(new URL('./model.worker.ts', import.meta.url), { type: 'module' }),
  runtime: () => new URL(runtime, location.href).href,
}

/** A graph, and where its numbers lie apart from it the file they lie in. */
export type Graph = ArrayBuffer | { graph: ArrayBuffer; numbers: { path: string; data: Float32Array } }

export class Model {
  #worker = parts.worker()
  #waiting = new Map<number, Waiting>()
  #asked = 0

  private constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      const waiting = this.#waiting.get(data.id)
      this.#waiting.delete(data.id)
      if ('outputs' in data) waiting?.done(data.outputs)
      else waiting?.failed(new Error(data.problem))
    }
    this.#worker.onerror = () => {
      for (const { failed } of this.#waiting.values()) failed(new Error('This browser cannot run the model.'))
      this.#waiting.clear()
    }
  }

  /** Models from the bytes of their graphs; while they are on their way, all else is made ready. */
  static async open(...graphs: (Graph | Promise<Graph>)[]): Promise<Model> {
    const made = new Model()
    try {
      const [models] = await Promise.all([Promise.all(graphs), Promise.resolve(parts.runtime()).then((runtime) => made.#ask({ runtime }))])
      for (const model of models) await made.#ask(model instanceof ArrayBuffer ? { model } : { model: model.graph, numbers: model.numbers })
    } catch (problem) {
      made.close()
      throw problem
    }
    return made
  }

  /** Outputs of one of the models (all, or those named) for one input of this shape, whose numbers are given away. */
  run(input: string, data: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>, shape: number[], which = 0, outputs?: string[]): Promise<Outputs> {
    return this.#ask({ input, data, shape, which, outputs }, [data.buffer])
  }

  #ask(order: Unnumbered<Order>, given: Transferable[] = []): Promise<Outputs> {
    const id = this.#asked++
    return new Promise((done, failed) => {
      this.#waiting.set(id, { done, failed })
      this.#worker.postMessage({ ...order, id }, given)
    })
  }

  close(): void {
    this.#worker.terminate()
    this.#waiting.clear()
  }
}
