// What decides in a game, and what it says.

import type { GameImages } from './images'

export interface Thought {
  idle: number // log-odds
  flap: number
  value: number // what it expects to score from here on, later points counting less
}

export interface Mind {
  images: GameImages
  skip: number // frames a decision lasts
  think: (seen: Uint8Array<ArrayBuffer>) => Promise<Thought[]>
}
