// Runs ONNX models beside the page, so that neither waits for the other.

import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm'

/** What the page asks: first to get ready, then to take models one by one, then answers of one of them. */
export type Order =
  | { id: number; runtime: string }
  | { id: number; model: ArrayBuffer }
  | { id: number; input: string; data: Uint8Array; shape: number[]; which: number }

export type Reply = { id: number; outputs: Record<string, Float32Array> } | { id: number; problem: string }

const sessions: InferenceSession[] = []

env.wasm.numThreads = 1 // more would need pages that are cut off from all others

async function unpack(address: string): Promise<ArrayBuffer> {
  const answer = await fetch(address)
  if (!answer.ok || !answer.body) throw new Error('ONNX Runtime is missing from the built pages.')
  if (!address.endsWith('.gz')) return answer.arrayBuffer()
  return new Response(answer.body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()
}

async function carryOut(order: Order): Promise<Record<string, Float32Array>> {
  if ('runtime' in order) {
    env.wasm.wasmBinary = await unpack(order.runtime)
    return {}
  }
  if ('model' in order) {
    sessions.push(await InferenceSession.create(order.model, { executionProviders: ['wasm'] }))
    return {}
  }
  const found = await sessions[order.which]!.run({ [order.input]: new Tensor('uint8', order.data, order.shape) })
  return Object.fromEntries(Object.entries(found).map(([name, tensor]) => [name, tensor.data as Float32Array]))
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  carryOut(data).then(
    (outputs) => postMessage({ id: data.id, outputs } satisfies Reply),
    (problem) => postMessage({ id: data.id, problem: String(problem) } satisfies Reply),
  )
})
