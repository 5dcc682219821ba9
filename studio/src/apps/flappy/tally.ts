// How good the agent is in a game of these rules: a few games side by side, as fast as they can be played.

import { advance, begin } from './physics'
import type { Rules } from './rules'
import { Sight, SIZE } from './sight'
import type { Mind } from './types'

export interface Tally {
  scores: number[]
  mean: number
  finished: number
  most: number
}

export const GAMES = 16
export const MOST_PIPES = 20

export async function tally(mind: Mind, rules: Rules, games = GAMES, most = MOST_PIPES): Promise<Tally> {
  const sight = new Sight(mind.images, rules.gap)
  const all = Array.from({ length: games }, (_, seed) => begin(seed))
  let flying = all.map((game) => ({ game, seen: sight.see(game) }))
  while (flying.length) {
    const seen = new Uint8Array(SIZE * flying.length)
    flying.forEach((one, at) => seen.set(one.seen, at * SIZE))
    const thoughts = await mind.think(seen)
    flying = flying.filter((one, at) => {
      for (let frame = 0; frame < mind.skip; frame++)
        if (!advance(one.game, frame === 0 && thoughts[at]!.flap > thoughts[at]!.idle, rules)) return false
      one.seen = sight.see(one.game, one.seen)
      return one.game.score < most
    })
  }
  const scores = all.map((game) => Math.min(most, game.score))
  const mean = scores.reduce((sum, score) => sum + score, 0) / games
  return { scores, mean, finished: scores.filter((score) => score >= most).length, most }
}
