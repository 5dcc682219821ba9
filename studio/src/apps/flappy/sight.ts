// What the agent sees of a game: the screen shrunk eight times, in colour, now and one decision ago.

import { blank, cut, FULL, paste, SHRINK, shrink, rotate, upsideDown, type Layer, type GameImages } from './images'
import {
  BIRD_HEIGHT, BIRD_WIDTH, BIRD_X, GAP_TOPS, GROUND_STEP, GROUND_Y, HEIGHT, PIPE_HEIGHT, PIPE_WIDTH, WIDTH,
} from './rules'
import type { Game } from './physics'

export const ROWS = HEIGHT / SHRINK
export const COLUMNS = WIDTH / SHRINK
export const SIZE = ROWS * COLUMNS * 6
const HORIZON = Math.floor(Math.trunc(GROUND_Y) / SHRINK) // the row with a last bit of sky and the ground's edge
const SKY_ROWS = Math.trunc(GROUND_Y) - HORIZON * SHRINK // how many of its rows of pixels are sky
const PIPE_BLOCK = 8 // small pixels: a pipe of 52 pixels at any of 8 phases
const BIRD_BLOCK = 7 // a turned bird of at most 42 pixels at any of 8 phases
const HIGHEST = -8 * SHRINK // a bird above this is not seen anyway

/** Draws small frames from the game's images; each piece is shrunk when it is first needed. */
export class Sight {
  #images: GameImages
  #gap: number
  #birds = new Map<string, Layer>()
  #pipes = new Map<string, Layer>()
  #frame = new Uint8Array(ROWS * COLUMNS * 3)

  constructor(images: GameImages, gap: number) {
    this.#images = images
    this.#gap = gap
  }

  /** The frame of a game in front of what was seen one decision ago; without that, the same twice. */
  see(game: Game, before?: Uint8Array): Uint8Array<ArrayBuffer> {
    const frame = this.#draw(game)
    const seen = new Uint8Array(SIZE)
    for (let pixel = 0; pixel < ROWS * COLUMNS; pixel++)
      for (let channel = 0; channel < 3; channel++) {
        const now = frame[pixel * 3 + channel]!
        seen[pixel * 6 + channel] = now
        seen[pixel * 6 + 3 + channel] = before ? before[pixel * 6 + channel]! : now
      }
    return seen
  }

  #draw(game: Game): Uint8Array {
    const frame = this.#frame
    const size = ROWS * COLUMNS * 3
    frame.set(this.#images.background.subarray(game.background * size, (game.background + 1) * size))
    game.pipeX.forEach((at, i) => {
      const x = Math.trunc(at)
      const phase = ((x % SHRINK) + SHRINK) % SHRINK
      if (x < WIDTH) lay(frame, this.#pipe(game.pipe, game.pipeGap[i]!, phase), 0, Math.floor(x / SHRINK))
    })
    this.#layGround(game)
    const y = Math.max(HIGHEST, Math.trunc(game.y))
    const phase = ((y % SHRINK) + SHRINK) % SHRINK
    lay(frame, this.#bird(game, phase), Math.floor(y / SHRINK), Math.floor(BIRD_X / SHRINK))
    return frame
  }

  #layGround(game: Game): void {
    const size = (ROWS - HORIZON) * COLUMNS * 3
    const first = (game.ground / GROUND_STEP) * size
    const ground = this.#images.ground.subarray(first, first + size)
    const start = HORIZON * COLUMNS * 3
    const edge = this.#frame.slice(start, start + COLUMNS * 3)
    this.#frame.set(ground, start)
    for (let at = 0; at < edge.length; at++) this.#frame[start + at] = ground[at]! + ((edge[at]! + 1) >> 1)
  }

  #pipe(colour: number, gap: number, phase: number): Layer {
    return cache(this.#pipes, `${colour} ${gap} ${phase}`, () => {
      const canvas = blank(PIPE_BLOCK * SHRINK, (HORIZON + 1) * SHRINK)
      const pipe = cut(this.#images.pipe, colour, PIPE_WIDTH, PIPE_HEIGHT)
      const top = GAP_TOPS[gap]!
      paste(canvas, upsideDown(pipe), phase, top - PIPE_HEIGHT)
      paste(canvas, pipe, phase, top + this.#gap)
      return shrink(canvas, SKY_ROWS)
    })
  }

  #bird({ bird, wing, rotation }: Game, phase: number): Layer {
    return cache(this.#birds, `${bird} ${wing} ${rotation} ${phase}`, () => {
      const canvas = blank(BIRD_BLOCK * SHRINK, BIRD_BLOCK * SHRINK)
      const image = cut(this.#images.bird, bird * 3 + wing, BIRD_WIDTH, BIRD_HEIGHT)
      paste(canvas, rotate(image, rotation), BIRD_X % SHRINK, phase)
      return shrink(canvas)
    })
  }
}

function cache(kept: Map<string, Layer>, name: string, make: () => Layer): Layer {
  const known = kept.get(name)
  if (known) return known
  const made = make()
  kept.set(name, made)
  return made
}

/** Lay a small image over a frame, in place; what lies outside is cut off. */
function lay(frame: Uint8Array, layer: Layer, top: number, left: number): void {
  for (let row = Math.max(0, -top); row < Math.min(layer.rows, ROWS - top); row++)
    for (let column = Math.max(0, -left); column < Math.min(layer.columns, COLUMNS - left); column++) {
      const from = row * layer.columns + column
      const cover = layer.cover[from]!
      if (cover === 0) continue
      const to = ((top + row) * COLUMNS + left + column) * 3
      for (let channel = 0; channel < 3; channel++) {
        const left = frame[to + channel]! * (FULL - cover) + FULL / 2
        frame[to + channel] = layer.colour[from * 3 + channel]! + Math.floor(left / FULL)
      }
    }
}
