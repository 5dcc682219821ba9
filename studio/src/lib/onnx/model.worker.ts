// Runs ONNX models beside the page, so that neither waits for the other.

import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm'

/** What the page asks: first to get ready, then to take models one by one, then answers of one of them. */
export type Order =
  | { id: number; runtime: string | ArrayBuffer }
  | { id: number; model: ArrayBuffer; numbers?: { path: string; data: Float32Array } }
  | { id: number; input: string; data: Uint8Array | Float32Array; shape: number[]; which: number; outputs?: string[] | undefined }

export type Reply = { id: number; outputs: Record<string, Float32Array> } | { id: number; problem: string }

const sessions: InferenceSession[] = []

env.wasm.numThreads = 1 // more would need pages that are cut off from all others

async function unpack(runtime: string | ArrayBuffer): Promise<ArrayBuffer> {
  let code = runtime
  if (typeof code === 'string') {
    const answer = await fetch(code)
    if (!answer.ok) throw new Error('ONNX Runtime is missing from the built pages.')
    code = await answer.arrayBuffer()
  }
  const start = new Uint8Array(code, 0, 2) // some servers unpack it themselves
  if (start[0] !== 0x1f || start[1] !== 0x8b) return code
  return new Response(new Blob([code]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()
}

async function carryOut(order: Order): Promise<Record<string, Float32Array>> {
  if ('runtime' in order) {
    env.wasm.wasmBinary = await unpack(order.runtime)
    return {}
  }
  if ('model' in order) {
    const externalData = order.numbers && [{ path: order.numbers.path, data: new Uint8Array(order.numbers.data.buffer) }]
    sessions.push(await InferenceSession.create(order.model, { executionProviders: ['wasm'], ...(externalData && { externalData }) }))
    return {}
  }
  const given = order.data instanceof Uint8Array ? new Tensor('uint8', order.data, order.shape) : new Tensor('float32', order.data, order.shape)
  const feeds = { [order.input]: given }
  const session = sessions[order.which]!
  const found = await (order.outputs ? session.run(feeds, order.outputs) : session.run(feeds))
  return Object.fromEntries(Object.entries(found).map(([name, tensor]) => [name, tensor.data as Float32Array]))
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  carryOut(data).then(
    (outputs) => postMessage({ id: data.id, outputs } satisfies Reply),
    (problem) => postMessage({ id: data.id, problem: String(problem) } satisfies Reply),
  )
})
