// A match: you and the agent in the same game, frame by frame together; or the agent alone until you join.

import type { Agent } from './agent'
import { Flight, Piloted } from './flight'
import { RATE, same, SEEDS, type Rules } from './rules'

export type Stage = 'showing' | 'waiting' | 'playing'

const MOST = 4 // frames made up for after a pause of the browser; more is left out
const REST = 1.3 * RATE // frames a crashed bird lies before its next game
const PAUSE = 0.4 * RATE // frames after a crash in which a flap was still meant for the bird

export class Match {
  stage = $state<Stage>('showing')
  paused = $state(false)
  seed = $state(0)
  rules: Rules
  score = $state({ you: 0, agent: 0 })
  down = $state({ you: false, agent: false })
  best = $state({ you: 0, agent: 0 })
  ended = $state<number[]>([]) // the agent's latest scores under the present rules
  you: Flight
  pilot: Piloted
  #agent: Agent
  #flap = false
  #time = 0 // in frames, since the last
  #resting = 0

  constructor(agent: Agent) {
    this.#agent = agent
    this.rules = $state({ ...agent.learned })
    this.you = new Flight(0, agent.learned)
    this.pilot = new Piloted(0, agent.learned, agent)
  }

  get changed(): boolean {
    return !same(this.rules, this.#agent.learned)
  }

  /** How much of the frame under way has passed. */
  get share(): number {
    return Math.min(1, this.#time)
  }

  get moving(): boolean {
    return !this.paused && this.stage !== 'waiting'
  }

  /** The game of a seed from its beginning; it waits for your first flap, or shows the agent. */
  reset(stage: Stage = 'waiting', seed = this.seed): void {
    this.seed = Math.min(SEEDS - 1, Math.max(0, Math.trunc(seed) || 0))
    this.you = new Flight(this.seed, this.rules)
    this.pilot = new Piloted(this.seed, this.rules, this.#agent)
    this.stage = stage
    this.paused = false
    this.#flap = false
    this.#time = this.#resting = 0
    this.#tell()
  }

  /** Other rules; the agent shows at once how it does with them. */
  change(rules: Partial<Rules>): void {
    this.rules = { ...this.rules, ...rules }
    this.ended = []
    this.best = { you: 0, agent: 0 }
    this.reset('showing')
  }

  flap(): void {
    if (this.stage === 'showing') return this.reset()
    if (this.down.you) return this.#resting > PAUSE ? this.reset() : undefined
    this.stage = 'playing'
    this.paused = false
    this.#flap = true
  }

  /** Let the time that passed since the last call pass in the game. */
  pass(seconds: number): void {
    if (!this.moving) return
    this.#time = Math.min(MOST, this.#time + seconds * RATE)
    while (this.#time >= 1 && this.pilot.ready) {
      this.#time -= 1
      this.#frame()
    }
  }

  #frame(): void {
    const flew = this.pilot.alive
    this.pilot.fly()
    if (flew && !this.pilot.alive) this.ended = [...this.ended, this.pilot.game.score].slice(-8)
    if (this.stage === 'playing') this.you.step(this.#flap)
    this.#flap = false
    const last = this.stage === 'playing' ? this.you : this.pilot
    if (!last.alive) this.#resting += 1
    this.#tell()
    if (this.stage === 'showing' && this.#resting > REST) this.reset('showing', (this.seed + 1) % SEEDS)
  }

  #tell(): void {
    const [you, agent] = [this.you.game.score, this.pilot.game.score]
    if (you !== this.score.you || agent !== this.score.agent) this.score = { you, agent }
    if (this.you.alive === this.down.you || this.pilot.alive === this.down.agent)
      this.down = { you: !this.you.alive, agent: !this.pilot.alive }
    if (you > this.best.you || agent > this.best.agent)
      this.best = { you: Math.max(you, this.best.you), agent: Math.max(agent, this.best.agent) }
  }
}
