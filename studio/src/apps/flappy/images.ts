// The game's own images, as the server hands them out, and how a piece of one looks when it is shrunk eight times.

import { MOST_ROTATION } from './rules'

export const SHRINK = 8
export const FULL = SHRINK * SHRINK // pixels that make one small pixel

/** Bytes row by row: background and ground are small already (RGB), pipe and bird as they are (RGBA). */
export interface GameImages {
  background: Uint8Array // [2, 64, 36, 3]
  ground: Uint8Array // [12, 14, 36, 3]; the first row is half covered
  pipe: Uint8Array // [2, 320, 52, 4], as it stands at the bottom
  bird: Uint8Array // [3, 3, 24, 34, 4]: colour, wing
}

export interface PixelImage {
  pixels: Uint8Array // RGBA
  width: number
  height: number
}

/** A small image to lay over others: colours weighted by what they cover, and how many of 64 pixels that are. */
export interface Layer {
  colour: Uint8Array // [rows, columns, 3]
  cover: Uint8Array // [rows, columns]
  rows: number
  columns: number
}

export function blank(width: number, height: number): PixelImage {
  return { pixels: new Uint8Array(width * height * 4), width, height }
}

/** One of several images that lie one after the other. */
export function cut(from: Uint8Array, number: number, width: number, height: number): PixelImage {
  const size = width * height * 4
  return { pixels: from.subarray(number * size, (number + 1) * size), width, height }
}

export function upsideDown({ pixels, width, height }: PixelImage): PixelImage {
  const turned = blank(width, height)
  for (let row = 0; row < height; row++)
    turned.pixels.set(pixels.subarray(row * width * 4, (row + 1) * width * 4), (height - 1 - row) * width * 4)
  return turned
}

/** Draw an image on another, its corner at (x, y), in place; what lies outside is cut off. */
export function paste(on: PixelImage, image: PixelImage, x: number, y: number): void {
  for (let row = Math.max(0, -y); row < Math.min(image.height, on.height - y); row++)
    for (let column = Math.max(0, -x); column < Math.min(image.width, on.width - x); column++) {
      const from = (row * image.width + column) * 4
      if (image.pixels[from + 3]) on.pixels.set(image.pixels.subarray(from, from + 4), ((y + row) * on.width + x + column) * 4)
    }
}

/** A bird's image turned counter-clockwise by the game's rotation, pixel for pixel as pygame 2 turns it. */
export function rotate(image: PixelImage, rotation: number): PixelImage {
  const degrees = Math.min(rotation, MOST_ROTATION)
  if (degrees === 0) return image
  if (degrees === -90) return quarter(image)
  const { width, height } = image
  const sine = Math.sin((degrees * Math.PI) / 180)
  const cosine = Math.cos((degrees * Math.PI) / 180)
  const wide = Math.max(Math.abs(cosine * width + sine * height), Math.abs(cosine * width - sine * height))
  const high = Math.max(Math.abs(sine * width + cosine * height), Math.abs(sine * width - cosine * height))
  return sampleNearest(image, blank(Math.trunc(wide), Math.trunc(high)), sine, cosine)
}

function quarter({ pixels, width, height }: PixelImage): PixelImage {
  const made = blank(height, width)
  for (let row = 0; row < width; row++)
    for (let column = 0; column < height; column++) {
      const from = ((height - 1 - column) * width + row) * 4
      made.pixels.set(pixels.subarray(from, from + 4), (row * height + column) * 4)
    }
  return made
}

// The nearest pixel, in 16-bit fixed point.
function sampleNearest(image: PixelImage, made: PixelImage, sine: number, cosine: number): PixelImage {
  const { width, height } = image
  const stepX = Math.trunc(cosine * 65536)
  const stepY = Math.trunc(sine * 65536)
  const half = (made.width - 1) << 15
  const startX = (made.width << 15) - Math.trunc(cosine * half) + ((width - made.width) << 15)
  const startY = (made.height << 15) - Math.trunc(sine * half) + ((height - made.height) << 15)
  for (let row = 0; row < made.height; row++)
    for (let column = 0; column < made.width; column++) {
      const below = (made.height >> 1) - row
      const x = (startX + stepY * below + stepX * column) >> 16
      const y = (startY - stepX * below + stepY * column) >> 16
      if (x < 0 || y < 0 || x >= width || y >= height) continue
      const from = (y * width + x) * 4
      made.pixels.set(image.pixels.subarray(from, from + 4), (row * made.width + column) * 4)
    }
  return made
}

/** Means over blocks of 8 x 8; of the last row only the first `last` rows of pixels count. */
export function shrink(image: PixelImage, last = SHRINK): Layer {
  const [rows, columns] = [Math.floor(image.height / SHRINK), image.width / SHRINK]
  const layer: Layer = { colour: new Uint8Array(rows * columns * 3), cover: new Uint8Array(rows * columns), rows, columns }
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) mean(image, layer, row, column, row === rows - 1 ? last : SHRINK)
  return layer
}

function mean(image: PixelImage, layer: Layer, row: number, column: number, high: number): void {
  const sum = [0, 0, 0]
  let covered = 0
  for (let y = 0; y < high; y++)
    for (let x = 0; x < SHRINK; x++) {
      const from = ((row * SHRINK + y) * image.width + column * SHRINK + x) * 4
      if (!image.pixels[from + 3]) continue
      covered += 1
      for (let channel = 0; channel < 3; channel++) sum[channel]! += image.pixels[from + channel]!
    }
  const at = row * layer.columns + column
  const pixels = high * SHRINK
  layer.cover[at] = round((covered / pixels) * FULL)
  for (let channel = 0; channel < 3; channel++) layer.colour[at * 3 + channel] = round(sum[channel]! / pixels)
}

/** To the nearest whole number, halves to the even one, as NumPy rounds. */
function round(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}
