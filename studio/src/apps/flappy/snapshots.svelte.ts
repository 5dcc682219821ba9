// The bird at several moments of its training, side by side: all begin in the same game; a bird that crashes goes on
// with the next one. So everybody's first game is the same, and everybody's second.

import { Piloted } from './flight'
import type { Mind } from './types'
import { RATE, SEEDS, type Rules } from './rules'

const MOST = 4 // frames made up for after a pause of the browser; more is left out
const REST = RATE // frames a crashed bird lies before its next game

/** A mind that was never taught: it flaps or not by a coin. */
export function createUntrained({ images, skip }: Omit<Mind, 'think'>, chance: () => number = Math.random): Mind {
  return { images, skip, think: async () => [{ idle: 0.5, flap: chance(), value: 0 }] }
}

export class Bird {
  score = $state(0)
  best = $state(0)
  tries = $state(1)
  down = $state(false)
  flight: Piloted
  #mind: Mind
  #seed: number
  #resting = 0

  constructor(mind: Mind, rules: Rules, seed: number) {
    this.#mind = mind
    this.#seed = seed
    this.flight = new Piloted(seed, rules, mind)
  }

  frame(): void {
    this.flight.fly()
    this.#tell()
    if (this.flight.alive || ++this.#resting < REST) return
    this.#resting = 0
    this.tries += 1
    this.flight = new Piloted((this.#seed + this.tries - 1) % SEEDS, this.flight.rules, this.#mind)
    this.#tell()
  }

  #tell(): void {
    this.score = this.flight.game.score
    this.best = Math.max(this.best, this.score)
    this.down = !this.flight.alive
  }
}

export class Snapshots {
  birds = $state.raw<Bird[]>([])
  seed = $state(0)
  paused = $state(false)
  #minds: Mind[]
  #rules: Rules
  #time = 0 // in frames, since the last

  constructor(minds: Mind[], rules: Rules, seed: number) {
    this.#minds = minds
    this.#rules = rules
    this.begin(seed)
  }

  /** How much of the frame under way has passed. */
  get share(): number {
    return Math.min(1, this.#time)
  }

  /** All together in the game of a seed. */
  begin(seed: number): void {
    this.seed = seed % SEEDS
    this.birds = this.#minds.map((mind) => new Bird(mind, this.#rules, this.seed))
    this.#time = 0
  }

  /** Let time pass for all alike: no bird goes on while another still decides. */
  pass(seconds: number): void {
    if (this.paused) return
    this.#time = Math.min(MOST, this.#time + seconds * RATE)
    while (this.#time >= 1 && this.birds.every(({ flight }) => flight.ready)) {
      this.#time -= 1
      for (const bird of this.birds) bird.frame()
    }
  }
}
