// An image made larger or smaller, number for number as Pillow's `resize(..., BILINEAR)` does: a triangle as wide as what
// one pixel stands for, along rows and then along columns, in fixed point of 22 bits. (Pillow begins with the columns where
// that is less work; then a level here and there differs by one.)

export interface Pixels {
  data: Uint8Array // red, green, blue, row by row
  width: number
  height: number
}

const BITS = 22

interface Taps {
  first: Int32Array // the first pixel each result is made of
  count: Int32Array
  weights: Int32Array // `most` for each
  most: number
}

/** What each of `to` results along a side is made of, from `start` to `end` on a side of `size` pixels. */
function taps(size: number, start: number, end: number, to: number): Taps {
  const scale = (end - start) / to
  const reach = Math.max(1, scale)
  const most = Math.ceil(reach) * 2 + 1
  const made: Taps = { first: new Int32Array(to), count: new Int32Array(to), weights: new Int32Array(to * most), most }
  for (let at = 0; at < to; at++) {
    const centre = start + (at + 0.5) * scale
    const first = Math.max(0, Math.trunc(centre - reach + 0.5))
    const count = Math.min(size, Math.trunc(centre + reach + 0.5)) - first
    const raw = Array.from({ length: count }, (_, x) => Math.max(0, 1 - Math.abs((x + first - centre + 0.5) / reach)))
    const sum = raw.reduce((all, one) => all + one, 0)
    raw.forEach((one, x) => (made.weights[at * most + x] = Math.trunc((one / sum) * 2 ** BITS + 0.5)))
    made.first[at] = first
    made.count[at] = count
  }
  return made
}

function clipped(sum: number): number {
  return Math.min(255, Math.max(0, Math.floor(sum / 2 ** BITS)))
}

/** A box of an image (left, top, right, bottom; the whole by default) at another size. */
export function resize(image: Pixels, width: number, height: number, box: [number, number, number, number] = [0, 0, image.width, image.height]): Pixels {
  const [left, top, right, bottom] = box
  let now = image
  if (width !== image.width || left !== 0 || right !== width) now = alongRows(now, taps(image.width, left, right, width), width)
  if (height !== image.height || top !== 0 || bottom !== height) now = alongColumns(now, taps(image.height, top, bottom, height), height)
  return now
}

function alongRows(image: Pixels, { first, count, weights, most }: Taps, width: number): Pixels {
  const data = new Uint8Array(width * image.height * 3)
  for (let row = 0, to = 0; row < image.height; row++)
    for (let at = 0; at < width; at++) {
      let [red, green, blue] = [2 ** (BITS - 1), 2 ** (BITS - 1), 2 ** (BITS - 1)]
      for (let x = 0, from = (row * image.width + first[at]!) * 3; x < count[at]!; x++, from += 3) {
        const weight = weights[at * most + x]!
        red += image.data[from]! * weight
        green += image.data[from + 1]! * weight
        blue += image.data[from + 2]! * weight
      }
      data[to++] = clipped(red)
      data[to++] = clipped(green)
      data[to++] = clipped(blue)
    }
  return { data, width, height: image.height }
}

function alongColumns(image: Pixels, { first, count, weights, most }: Taps, height: number): Pixels {
  const line = image.width * 3
  const data = new Uint8Array(line * height)
  for (let at = 0, to = 0; at < height; at++)
    for (let x = 0; x < line; x++) {
      let sum = 2 ** (BITS - 1)
      for (let y = 0, from = first[at]! * line + x; y < count[at]!; y++, from += line) sum += image.data[from]! * weights[at * most + y]!
      data[to++] = clipped(sum)
    }
  return { data, width: image.width, height }
}
