// How the game goes on, frame by frame: the same arithmetic as the simulator's, in the same order.

import { Random } from './random'
import {
  BIRD_HEIGHT, BIRD_WIDTH, BIRD_X, FALL_VELOCITY, FIRST_GAP_TOP, FLAP_ROTATION, FLAP_VELOCITY, GAP_TOPS, GROUND_PERIOD,
  GROUND_STEP, GROUND_Y, HIGHEST_FLAP, LEAST_ROTATION, NEW_PIPE_X, PIPE_HEIGHT, PIPE_WIDTH, PIPES, ROTATION_STEP, START_Y,
  WIDTH, type Rules,
} from './rules'

const WINGS = [0, 1, 2, 1] // which image of the bird comes when
// How many values each of these has: tick, turn, wing, ground (in steps), background, bird, pipe.
const PHASES = [30, WINGS.length, 3, GROUND_PERIOD / GROUND_STEP, 2, 3, 2]

/** One game: places in pixels, velocity in pixels a frame, downwards; the rest are phases and colours, by number. */
export interface Game {
  y: number
  velocity: number
  pipeX: number[]
  pipeGap: number[] // indices into GAP_TOPS
  rotation: number
  tick: number
  turn: number
  wing: number
  ground: number
  background: number
  bird: number
  pipe: number
  score: number
  frames: number
  next: () => number // how the next pipe stands
}

/** The game of a seed at its beginning. */
export function begin(seed: number): Game {
  const pipes = new Random(seed)
  const look = new Random(seed, 1)
  const next = () => pipes.below(GAP_TOPS.length)
  const pipeGap = Array.from({ length: PIPES }, next)
  const [tick, turn, wing, ground, background, bird, pipe] = PHASES.map((count) => look.below(count)) as Seven
  const pipeX = pipeGap.map((_, at) => WIDTH + (at * WIDTH) / 2)
  return {
    y: START_Y, velocity: FLAP_VELOCITY, rotation: FLAP_ROTATION, pipeX, pipeGap, next, score: 0, frames: 0,
    tick, turn, wing, ground: ground * GROUND_STEP, background, bird, pipe,
  }
}

type Seven = [number, number, number, number, number, number, number]

/** Whether the bird touches the ground or a pipe; whole pixels count, as they do on the screen. */
function crashed(game: Game, gap: number): boolean {
  if (game.y + BIRD_HEIGHT >= GROUND_Y - 1) return true
  const y = Math.trunc(game.y)
  return game.pipeX.some((at, i) => {
    const x = Math.trunc(at)
    if (x >= BIRD_X + BIRD_WIDTH || x + PIPE_WIDTH <= BIRD_X) return false
    const top = FIRST_GAP_TOP + 10 * game.pipeGap[i]!
    const above = top - PIPE_HEIGHT < y + BIRD_HEIGHT && y < top
    return above || (top + gap < y + BIRD_HEIGHT && y < top + gap + PIPE_HEIGHT)
  })
}

/** One frame, in place; whether the bird still flies. */
export function advance(game: Game, flap: boolean, { gravity, gap, speed }: Rules): boolean {
  const flapped = flap && game.y > HIGHEST_FLAP
  if (flapped) game.velocity = FLAP_VELOCITY
  for (const x of game.pipeX) {
    const ahead = BIRD_X + BIRD_WIDTH / 2 - (x + PIPE_WIDTH / 2)
    if (0 <= ahead && ahead < speed) game.score += 1
  }
  animate(game, flapped)
  if (!flapped && game.velocity < FALL_VELOCITY) game.velocity += gravity
  game.y += Math.min(game.velocity, GROUND_Y - game.y - BIRD_HEIGHT)
  for (let i = 0; i < PIPES; i++) {
    game.pipeX[i]! -= speed
    if (game.pipeX[i]! < -PIPE_WIDTH) {
      game.pipeX[i] = NEW_PIPE_X
      game.pipeGap[i] = game.next()
    }
  }
  game.frames += 1
  return !crashed(game, gap)
}

function animate(game: Game, flapped: boolean): void {
  if ((game.tick + 1) % 3 === 0) {
    game.wing = WINGS[game.turn]!
    game.turn = (game.turn + 1) % 4
  }
  game.tick = (game.tick + 1) % 30
  game.ground = (game.ground + GROUND_STEP) % GROUND_PERIOD
  if (flapped) game.rotation = FLAP_ROTATION
  else if (game.rotation > LEAST_ROTATION) game.rotation -= ROTATION_STEP
}
