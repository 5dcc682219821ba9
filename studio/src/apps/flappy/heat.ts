// What in a frame speaks for what the agent does: each patch is hidden once, and the agent decides again.

import type { Thought } from './types'
import { COLUMNS, ROWS, SIZE } from './sight'

export const PATCH = 4
const ACROSS = COLUMNS / PATCH
const DOWN = ROWS / PATCH

/** What is usually where: the mean of the frames so far. */
export class Usual {
  #sum = new Float64Array(SIZE)
  #count = 0

  add(seen: Uint8Array): void {
    this.#count += 1
    for (let at = 0; at < SIZE; at++) this.#sum[at]! += seen[at]!
  }

  get enough(): boolean {
    return this.#count >= 20
  }

  mean(): Uint8Array {
    return Uint8Array.from(this.#sum, (sum) => Math.round(sum / this.#count))
  }
}

/** The frame with each patch in turn replaced by what is usually there; last the frame as it is. */
export function occludePatches(seen: Uint8Array, usual: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(SIZE * (ACROSS * DOWN + 1))
  for (let place = 0; place <= ACROSS * DOWN; place++) all.set(seen, place * SIZE)
  for (let place = 0; place < ACROSS * DOWN; place++) {
    const [top, left] = [Math.floor(place / ACROSS) * PATCH, (place % ACROSS) * PATCH]
    for (let row = top; row < top + PATCH; row++) {
      const [from, to] = [(row * COLUMNS + left) * 6, (row * COLUMNS + left + PATCH) * 6]
      all.set(usual.subarray(from, to), place * SIZE + from)
    }
  }
  return all
}

/** How much each patch speaks for the decision, from -1 (against it) to 1, and faint where nothing matters much. */
export function evidence(thoughts: Thought[]): Float32Array {
  const odds = thoughts.map(({ flap, idle }) => flap - idle)
  const now = odds.pop()!
  const speaks = odds.map((without) => (now > 0 ? now - without : without - now))
  const most = Math.max(1, ...speaks.map(Math.abs)) // in log-odds; below one nothing decides
  return Float32Array.from(speaks, (one) => one / most)
}

const FOR = [255, 140, 0]
const AGAINST = [40, 130, 255]

/** The evidence as an image of ACROSS x DOWN pixels, orange for it and blue against it. */
export function renderHeatmap(speaks: Float32Array): ImageData {
  const image = new ImageData(ACROSS, DOWN)
  speaks.forEach((one, at) => image.data.set([...(one > 0 ? FOR : AGAINST), Math.abs(one) ** 0.7 * 235], at * 4))
  return image
}
