// What the network is shown of an image, and the point made of what it saw: as pretrained/backbone.py and embedding.py do.

import { round } from './float16'
import { resize, type Pixels } from './resample'

export const SIDE = 224
export const WIDTH = 1280
export const CLASSES = 1000
const VIEWS = 4
const GREY = 127
const MAX_ENLARGED = 5
const MIDDLE = 0.75
const OPINION = 0.4
const FOLDED = 256
export const SIZE = WIDTH + FOLDED // numbers of a point

/** The whole image squeezed into the square; a thumbnail is enlarged five times and framed in grey. */
export function squeeze(image: Pixels): Pixels {
  const [width, height] = [Math.min(SIDE, MAX_ENLARGED * image.width), Math.min(SIDE, MAX_ENLARGED * image.height)]
  const inner = resize(image, width, height)
  if (width === SIDE && height === SIDE) return inner
  const framed = { data: new Uint8Array(SIDE * SIDE * 3).fill(GREY), width: SIDE, height: SIDE }
  const [left, top] = [(SIDE - width) >> 1, (SIDE - height) >> 1]
  for (let row = 0; row < height; row++)
    framed.data.set(inner.data.subarray(row * width * 3, (row + 1) * width * 3), ((top + row) * SIDE + left) * 3)
  return framed
}

/** The image, its middle enlarged, and both mirrored: float32 [4,3,224,224]. */
export function views(square: Pixels): Float32Array<ArrayBuffer> {
  const rim = (SIDE * (1 - MIDDLE)) / 2
  const middle = resize(square, SIDE, SIDE, [rim, rim, SIDE - rim, SIDE - rim])
  const found = new Float32Array(VIEWS * 3 * SIDE * SIDE)
  const both = [square, middle]
  for (let view = 0, to = 0; view < VIEWS; view++)
    for (let plane = 0; plane < 3; plane++)
      for (let row = 0; row < SIDE; row++)
        for (let column = 0; column < SIDE; column++) {
          const x = view < 2 ? column : SIDE - 1 - column
          found[to++] = both[view % 2]!.data[(row * SIDE + x) * 3 + plane]!
        }
  return found
}

/** Means over the views of an output [4,count]. */
export function meanOf(values: Float32Array, count: number): Float64Array {
  const mean = new Float64Array(count)
  for (let at = 0; at < values.length; at++) mean[at % count]! += values[at]! / (values.length / count)
  return mean
}

/** Probabilities of the network's own classes. */
export function chances(logits: ArrayLike<number>): Float64Array {
  const found = Float64Array.from(logits)
  const most = found.reduce((one, other) => Math.max(one, other), -Infinity)
  let sum = 0
  for (let at = 0; at < found.length; at++) sum += found[at] = Math.exp(found[at]! - most)
  return found.map((one) => one / sum)
}

/** The point [1536] of mean features and logits: of length 1, rounded to half precision as points are kept. */
export function embed(features: ArrayLike<number>, logits: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const point = new Float64Array(SIZE)
  for (let at = 0; at < WIDTH; at++) point[at] = Math.sqrt(Math.max(0, features[at]!))
  point.set(unit(point.subarray(0, WIDTH)))
  chances(logits).forEach((share, at) => {
    point[WIDTH + (at % FOLDED)]! += OPINION * Math.sqrt(share) * (Math.floor(at / FOLDED) % 2 ? -1 : 1)
  })
  return Float32Array.from(unit(point), round)
}

function unit(values: Float64Array): Float64Array {
  const length = Math.sqrt(values.reduce((sum, one) => sum + one * one, 0))
  return values.map((one) => one / Math.max(length, 1e-12))
}
