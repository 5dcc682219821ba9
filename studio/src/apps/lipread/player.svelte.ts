// A film that passes in a loop, or stands still where it was put.

import type { Film } from './seen'
import { later } from './timing'

const PAUSE = 0.25 // seconds at most that pass at once: a hidden page stands still

export class Player {
  frame = $state(0)
  playing = $state(!matchMedia('(prefers-reduced-motion: reduce)').matches)
  slow = $state(false)
  part = $state.raw<[number, number]>()
  readonly film: Film
  #at = 0

  constructor(film: Film) {
    this.film = film
  }

  /** Go on from image to image, until stopped. */
  run(): () => void {
    let last = performance.now()
    let asked = requestAnimationFrame(next)
    const pass = (seconds: number): void => this.#pass(seconds)
    function next(now: number): void {
      pass(Math.max(0, Math.min(PAUSE, (now - last) / 1000)))
      last = now
      asked = requestAnimationFrame(next)
    }
    return () => cancelAnimationFrame(asked)
  }

  #pass(seconds: number): void {
    if (!this.playing) return
    const { frames, rate } = this.film
    this.#at = later(this.#at, this.slow ? seconds / 2 : seconds, rate, this.part ?? [0, frames])
    this.frame = Math.floor(this.#at)
  }

  /** Stand still at a frame. */
  hold(frame: number): void {
    this.playing = false
    this.part = undefined
    this.frame = this.#at = frame
  }

  /** Play a part over and over; the same again, or nothing: all of it. */
  only(part?: [number, number]): void {
    const same = part && this.part && part[0] === this.part[0] && part[1] === this.part[1]
    this.part = same ? undefined : part
    if (this.part) this.frame = this.#at = this.part[0]
    this.playing = true
  }
}
