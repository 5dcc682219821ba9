// One bird on its way: a game, how it stood a frame ago (to be drawn between the two), and who decides.

import { advance, begin, type Game } from './physics'
import type { Rules } from './rules'
import { Sight } from './sight'
import type { Mind, Thought } from './types'

export interface Before {
  y: number
  rotation: number
}

export class Flight {
  readonly game: Game
  readonly rules: Rules
  before: Before
  alive = true

  constructor(seed: number, rules: Rules) {
    this.game = begin(seed)
    this.rules = { ...rules }
    this.before = { y: this.game.y, rotation: this.game.rotation }
  }

  step(flap: boolean): void {
    if (!this.alive) return
    this.before = { y: this.game.y, rotation: this.game.rotation }
    this.alive = advance(this.game, flap, this.rules)
  }

  /** It stays where it is: what is drawn no longer moves. */
  rest(): void {
    this.before = { y: this.game.y, rotation: this.game.rotation }
  }
}

/** The agent's flight: it decides every few frames, and has the time of one frame to do so. */
export class Piloted extends Flight {
  seen: Uint8Array<ArrayBuffer>
  thought: Thought | undefined // on what is seen now; none while it thinks
  last: Thought | undefined
  actions: number[] = []
  #mind: Mind
  #sight: Sight

  constructor(seed: number, rules: Rules, mind: Mind) {
    super(seed, rules)
    this.#mind = mind
    this.#sight = new Sight(mind.images, rules.gap)
    this.seen = this.#sight.see(this.game)
    this.#think()
  }

  get #begins(): boolean {
    return this.game.frames % this.#mind.skip === 0
  }

  /** Whether it can go on by a frame. */
  get ready(): boolean {
    return !this.alive || !this.#begins || this.thought !== undefined
  }

  /** The next frame, decided by itself. */
  fly(): void {
    if (!this.alive || !this.ready) return
    const decides = this.#begins
    const flap = decides && this.thought!.flap > this.thought!.idle
    if (decides) this.actions.push(Number(flap))
    this.step(flap)
    if (!this.alive || !this.#begins) return
    this.thought = undefined
    this.seen = this.#sight.see(this.game, this.seen)
    this.#think()
  }

  async #think(): Promise<void> {
    const [thought] = await this.#mind.think(this.seen.slice())
    this.thought = this.last = thought
  }
}
