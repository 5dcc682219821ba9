// Decide what to do with ONNX Runtime Web: npm install onnxruntime-web. In a page, with a bundler or an import map:
//   const agent = await load('policy.onnx')
//   const action = await decide(agent, new ort.Tensor('uint8', observation, [1, 64, 36, 6]))
// What is observed is described in flappy.json under `about`; the game that shows it is yours to bring.
import * as ort from 'onnxruntime-web'

/** The network behind an address, or its bytes. */
export async function load(graph) {
  return ort.InferenceSession.create(graph)
}

/** The action of the highest preference for one observation, a tensor [1, ...]. */
export async function decide(session, observation) {
  const { logits } = await session.run({ [session.inputNames[0]]: observation }, ['logits'])
  return logits.data.indexOf(Math.max(...logits.data))
}
