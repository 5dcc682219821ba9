// Enlarge an image with ONNX Runtime Web: npm install onnxruntime-web. In a page, with a bundler or an import map:
//   const model = await load(name => `models/${name}`, await (await fetch('models/upscale.json')).json())
//   const larger = await enlarge(model, context.getImageData(0, 0, width, height))
// Pippin then corrects the local mean of the result, which matters for dithers and halftones; this program does not.
// How much of what the network adds is added (`strength`), and how much noise it takes away (`denoise`: auto, or 0 to 1),
// stand in upscale.json.
import * as ort from 'onnxruntime-web'

/** The networks of upscale.json (`facts`); `open` gives the address, or the bytes, of a file by its name. */
export async function load(open, facts) {
  const session = name => ort.InferenceSession.create(open(`${name}.onnx`))
  const model = { facts, upscale: await session('upscale') }
  if (facts.experts) model.estimator = await session('estimator')
  if (facts.clean) model.clean = await session('clean')
  return model
}

/** The pixel that stands for one beyond the border: the image is mirrored there. */
const mirrored = (at, size) => {
  const place = ((at % (2 * size)) + 2 * size) % (2 * size)
  return place < size ? place : 2 * size - 1 - place
}

/** Three planes of an image in 0..1: its pixels in `rows` and `columns`. */
function planesOf({ data, width }, rows, columns) {
  const planes = new Float32Array(3 * rows.length * columns.length)
  let to = 0
  for (let plane = 0; plane < 3; plane++) {
    for (const row of rows) for (const column of columns) planes[to++] = data[4 * (row * width + column) + plane] / 255
  }
  return planes
}

/** Numbers of the pixels along a side, with a border, and one more where the network takes `fold` at a time. */
function padded(size, { radius, fold }) {
  const places = Array.from({ length: size + 2 * radius }, (_, at) => mirrored(at - radius, size))
  return size % fold ? [...places, places.at(-1)] : places
}

/** Half to even, as tiles are placed by Python. */
const round = value => value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value)

/** Where at most six tiles begin along a side, from border to border. */
function starts(size, side) {
  const count = Math.min(6, Math.floor(2 * size / side))
  return [...new Set(Array.from({ length: count }, (_, at) => round((size - side) * at / (count - 1))))]
}

/** Sum of differences between neighbours, down and across, in the first `side` rows and columns of a tile. */
function detailOf(tile, side, size) {
  let sum = 0
  for (let plane = 0; plane < 3; plane++) {
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const at = (plane * size + row) * size + column
        if (row + 1 < side) sum += Math.abs(tile[at + size] - tile[at])
        if (column + 1 < side) sum += Math.abs(tile[at + 1] - tile[at])
      }
    }
  }
  return sum
}

/** The tiles, that with most detail first, without those that are flat beside the others. */
function mostDetailed(tiles, side, size) {
  const detail = tiles.map(tile => detailOf(tile, side, size))
  const best = tiles.map((_, at) => at).sort((one, other) => detail[other] - detail[one])
  return best.filter(at => detail[at] >= 0.2 * detail[best[0]]).map(at => tiles[at])
}

/** What an image went through, estimated: the condition that the network takes. */
async function estimate({ estimator }, image) {
  const side = Math.min(96, image.width, image.height)
  const size = Math.max(side, 24)
  const range = start => Array.from({ length: size }, (_, at) => start + mirrored(at, side))
  const tiles = mostDetailed(starts(image.height, side).flatMap(top =>
    starts(image.width, side).map(left => planesOf(image, range(top), range(left)))), side, size)
  const conditionBy = async count => {
    const all = new Float32Array(count * 3 * size * size)
    tiles.slice(0, count).forEach((tile, at) => all.set(tile, at * tile.length))
    const { condition } = await estimator.run({ tiles: new ort.Tensor('float32', all, [count, 3, size, size]) })
    return Float32Array.from(condition.data)
  }
  const found = await conditionBy(tiles.length)
  const sharpest = await conditionBy(Math.ceil(tiles.length / 3))
  if (sharpest[0] < found[0]) found.set(sharpest.slice(0, 3)) // its blur, for the rest may be out of focus
  return found
}

/** What bicubic makes of an image, and what a network adds, each a function of plane, row and column. */
async function run(session, facts, image, more = {}) {
  const [rows, columns] = [padded(image.height, facts), padded(image.width, facts)]
  const picture = new ort.Tensor('float32', planesOf(image, rows, columns), [1, 3, rows.length, columns.length])
  const made = await session.run({ picture, ...more })
  const reading = ({ data, dims: [, planes, high, wide] }) =>
    (plane, row, column) => data[((planes === 1 ? 0 : plane) * high + row) * wide + column]
  return [reading(made.bicubic), reading(made.added)]
}

/** By the network for the image's condition, the one for clean images, or half of each. */
async function chosen(model, image, quality) {
  const { facts, upscale, clean } = model
  if (!facts.experts) return run(upscale, facts, image)
  const condition = await estimate(model, image)
  const place = name => facts.conditions.indexOf(name)
  const jpeg = quality === undefined || facts.denoise !== 'auto' ? -1 : place('jpeg')
  if (jpeg >= 0) condition[jpeg] = (100 - quality) / 70
  if (facts.denoise !== 'auto') {
    condition[place('noise')] = condition[place('jpeg')] = facts.denoise
    condition[place('earlier')] = 0
  }
  const degrees = [...condition].map((value, at) =>
    Math.abs(value) / (at === jpeg ? facts.jpeg_limit : facts.limits[at]))
  const isClean = degrees.every(degree => degree < 1)
  const isSure = degrees.some((degree, at) => degree >= facts.sure[at])
  if (isClean && clean) return run(clean, facts.clean, image)
  const [bicubic, added] = await run(upscale, facts, image, { condition: new ort.Tensor('float32', condition) })
  if (facts.scale === 1) return [bicubic, (...at) => (isClean ? 0 : isSure ? 1 : 0.5) * added(...at)] // clean: as it is
  if (isSure) return [bicubic, (...at) => facts.degraded_strength * added(...at)]
  if (!clean) return [bicubic, added]
  const [, other] = await run(clean, facts.clean, image)
  return [bicubic, (...at) => (added(...at) + other(...at)) / 2]
}

/**
 * ImageData `scale` times as wide and high, opaque; large images are better enlarged in pieces. Where the image came
 * from a JPEG file, give its `quality` (1 to 100) if you know it.
 */
export async function enlarge(model, image, quality) {
  const [bicubic, added] = await chosen(model, image, quality)
  const [width, height] = [model.facts.scale * image.width, model.facts.scale * image.height]
  const data = new Uint8ClampedArray(4 * width * height).fill(255)
  let to = 0
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++, to += 4) {
      for (let plane = 0; plane < 3; plane++) {
        data[to + plane] = 255 * (bicubic(plane, row, column) + model.facts.strength * added(plane, row, column))
      }
    }
  }
  return { data, width, height }
}
