// What a layer answers to an image, laid over the image.

import { WIDTH } from './look'
import type { Maps } from './network'
import type { Pixels } from './resample'

export interface Found {
  channel: number
  map: Float32Array // side x side, 0 to 1
  side: number
}

/** The channels with most to say of an image: those whose answer stands out furthest from their own mean. */
export function strongest({ values, channels, side }: Maps, count: number): Found[] {
  const size = side * side
  const rank = Array.from({ length: channels }, (_, channel) => {
    const map = values.subarray(channel * size, (channel + 1) * size)
    const mean = map.reduce((sum, one) => sum + one, 0) / size
    const spread = Math.sqrt(map.reduce((sum, one) => sum + (one - mean) ** 2, 0) / size)
    return { channel, spread, map }
  })
  const best = rank.sort((one, other) => other.spread - one.spread).slice(0, count)
  return best.map(({ channel, map }) => ({ channel, map: scaled(map), side }))
}

/** Where a class of the network's own comes from: exact, since the last layer only adds up (class activation map). */
export function evidence({ values, side }: Maps, classifier: Float32Array, number: number): Found {
  const size = side * side
  const map = new Float32Array(size)
  for (let channel = 0; channel < WIDTH; channel++) {
    const weight = classifier[number * WIDTH + channel]!
    for (let at = 0; at < size; at++) map[at]! += weight * values[channel * size + at]!
  }
  return { channel: number, map: scaled(map.map((one) => Math.max(0, one))), side }
}

function scaled(map: Float32Array): Float32Array {
  const [low, high] = [map.reduce((one, other) => Math.min(one, other), Infinity), map.reduce((one, other) => Math.max(one, other), -Infinity)]
  return map.map((one) => (one - low) / (high - low || 1))
}

/** The image in grey, and in colour where the map is high. */
export function overlay(canvas: HTMLCanvasElement, { data, width, height }: Pixels, { map, side }: Found): void {
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')!
  const image = context.createImageData(width, height)
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++, at += 4) {
      const from = (row * width + column) * 3
      const grey = 0.3 * data[from]! + 0.59 * data[from + 1]! + 0.11 * data[from + 2]!
      const strength = between(map, side, ((row + 0.5) / height) * side - 0.5, ((column + 0.5) / width) * side - 0.5)
      const dim = 0.35 * grey + 25
      image.data[at] = dim + (255 - dim) * strength
      image.data[at + 1] = dim + (200 - dim) * strength
      image.data[at + 2] = dim * (1 - strength)
      image.data[at + 3] = 255
    }
  context.putImageData(image, 0, 0)
}

/** A map's value between its places. */
function between(map: Float32Array, side: number, row: number, column: number): number {
  const clip = (value: number) => Math.min(side - 1, Math.max(0, value))
  const [y, x] = [clip(row), clip(column)]
  const [top, left] = [Math.floor(y), Math.floor(x)]
  const [bottom, right] = [Math.min(side - 1, top + 1), Math.min(side - 1, left + 1)]
  const at = (r: number, c: number) => map[r * side + c]!
  const upper = at(top, left) + (at(top, right) - at(top, left)) * (x - left)
  const lower = at(bottom, left) + (at(bottom, right) - at(bottom, left)) * (x - left)
  return upper + (lower - upper) * (y - top)
}
