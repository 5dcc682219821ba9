// The rules and the geometry of the game: the same numbers as the simulator's, in pixels of its screen and in frames.

export const WIDTH = 288
export const HEIGHT = 512
export const GROUND_Y = HEIGHT * 0.79
export const BIRD_X = Math.trunc(WIDTH * 0.2)
export const BIRD_WIDTH = 34
export const BIRD_HEIGHT = 24
export const PIPE_WIDTH = 52
export const PIPE_HEIGHT = 320
export const START_Y = (HEIGHT - BIRD_HEIGHT) / 2
export const FLAP_VELOCITY = -9
export const FALL_VELOCITY = 10 // where falling no longer gets faster
export const HIGHEST_FLAP = -2 * BIRD_HEIGHT // above this a flap has no effect
export const FIRST_GAP_TOP = 20 + Math.trunc(GROUND_Y * 0.2)
export const GAP_TOPS = Array.from({ length: 8 }, (_, at) => FIRST_GAP_TOP + 10 * at)
export const PIPES = 3
export const NEW_PIPE_X = WIDTH + PIPE_WIDTH + WIDTH * 0.2
export const MOST_ROTATION = 20 // the bird is never shown turned further up
export const FLAP_ROTATION = 45
export const LEAST_ROTATION = -90
export const ROTATION_STEP = 3
export const GROUND_STEP = 4
export const GROUND_PERIOD = 48
export const RATE = 30 // frames a second
export const SEEDS = 2 ** 32 // larger ones are learned from

/** What a changed game changes. */
export interface Rules {
  gravity: number
  gap: number
  speed: number
}

export const USUAL: Readonly<Rules> = { gravity: 1, gap: 100, speed: 4 }

export function same(one: Rules, other: Rules): boolean {
  return one.gravity === other.gravity && one.gap === other.gap && one.speed === other.speed
}
