// Name an image with ONNX Runtime Web: npm install onnxruntime-web. In a page, with a bundler or an import map:
//   const model = await load('recognize.onnx', await (await fetch('recognize.json')).json())
//   const { label, probability } = await predict(model, squeezed(document.querySelector('img'), model.facts.side))
import * as ort from 'onnxruntime-web'

/** The network behind an address (or its bytes), with what lies beside it in recognize.json. */
export async function load(graph, facts) {
  return { session: await ort.InferenceSession.create(graph), facts }
}

/** The whole image as ImageData of side x side pixels, as the network sees it. */
export function squeezed(image, side) {
  const context = new OffscreenCanvas(side, side).getContext('2d')
  context.fillStyle = 'white' // what is transparent
  context.fillRect(0, 0, side, side)
  context.drawImage(image, 0, 0, side, side)
  return context.getImageData(0, 0, side, side)
}

/** The likeliest label of ImageData that `squeezed` made, and its probability. */
export async function predict({ session, facts: { side, range, labels } }, { data }) {
  const pixels = new Float32Array(3 * side * side)
  for (let at = 0; at < side * side; at++) {
    for (let plane = 0; plane < 3; plane++) pixels[plane * side * side + at] = (data[4 * at + plane] * range) / 255
  }
  const { probabilities } = await session.run({ pixels: new ort.Tensor('float32', pixels, [1, 3, side, side]) })
  const best = probabilities.data.indexOf(Math.max(...probabilities.data))
  return { label: labels[best], probability: probabilities.data[best] }
}
