// Enlarge an image with ONNX Runtime Web: npm install onnxruntime-web. In a page, with a bundler or an import map:
//   const model = await load('upscale.onnx', await (await fetch('upscale.json')).json())
//   const larger = await enlarge(model, context.getImageData(0, 0, width, height))
import * as ort from 'onnxruntime-web'

/** The network behind an address (or its bytes), with what lies beside it in upscale.json. */
export async function load(graph, facts) {
  return { session: await ort.InferenceSession.create(graph), facts }
}

/** The pixel that stands for one beyond the border: the image is mirrored there. */
const mirrored = (at, size) => {
  const place = ((at % (2 * size)) + 2 * size) % (2 * size)
  return place < size ? place : 2 * size - 1 - place
}

/** ImageData `scale` times as wide and high, opaque; large images are better enlarged in pieces. */
export async function enlarge({ session, facts: { scale, radius } }, { data, width, height }) {
  const [wide, high] = [width + 2 * radius, height + 2 * radius]
  const planes = new Float32Array(3 * wide * high)
  for (let plane = 0, to = 0; plane < 3; plane++) {
    for (let row = -radius; row < height + radius; row++) {
      for (let column = -radius; column < width + radius; column++) {
        planes[to++] = data[4 * (mirrored(row, height) * width + mirrored(column, width)) + plane] / 255
      }
    }
  }
  const made = await session.run({ picture: new ort.Tensor('float32', planes, [1, 3, high, wide]) })
  const size = scale * scale * width * height
  const larger = new Uint8ClampedArray(4 * size).fill(255)
  const shared = made.added.dims[1] === 1 // what is added to all three colours
  for (let at = 0; at < size; at++) {
    for (let plane = 0; plane < 3; plane++) {
      larger[4 * at + plane] = 255 * (made.bicubic.data[plane * size + at] + made.added.data[(shared ? 0 : plane * size) + at])
    }
  }
  return { data: larger, width: scale * width, height: scale * height }
}
