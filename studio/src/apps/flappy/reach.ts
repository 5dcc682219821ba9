// How far a player could get who knew all that is to come: every height and velocity that can be reached, decision by
// decision, as reachability.py follows them. The pipes are the same for all of them.

import { BIRD_HEIGHT, BIRD_WIDTH, BIRD_X, FALL_VELOCITY, FIRST_GAP_TOP, FLAP_VELOCITY, GROUND_Y, HIGHEST_FLAP, NEW_PIPE_X, PIPE_HEIGHT, PIPE_WIDTH, type Rules } from './rules'
import { begin, type Game } from './physics'

const FINE = 1e-6 // pixels: states closer than that are one

type State = [y: number, velocity: number]

/** Pipes, up to `most`, that the best player passes in the game of a seed. */
export function reachablePipes(rules: Rules, skip: number, most: number, seed: number): number {
  const world = begin(seed)
  let states: State[] = [[world.y, world.velocity]]
  while (states.length && world.score < most) {
    let next: State[] = states.flatMap(([y, velocity]): State[] => [[y, velocity], [y, y > HIGHEST_FLAP ? FLAP_VELOCITY : velocity]])
    let flapped = next.map(([y], at) => at % 2 === 1 && y > HIGHEST_FLAP)
    for (let frame = 0; frame < skip && next.length; frame++) {
      const alive = move(world, next, flapped, rules)
      next = next.filter((_, at) => alive[at])
      flapped = next.map(() => false)
    }
    const different = new Map(next.map((state) => [`${Math.round(state[0] / FINE)} ${Math.round(state[1] / FINE)}`, state]))
    states = [...different.values()]
  }
  return Math.min(most, world.score)
}

/** One frame for all states, in place; which of them still fly. */
function move(world: Game, states: State[], flapped: boolean[], { gravity, gap, speed }: Rules): boolean[] {
  for (const x of world.pipeX) {
    const ahead = BIRD_X + BIRD_WIDTH / 2 - (x + PIPE_WIDTH / 2)
    if (0 <= ahead && ahead < speed) world.score += 1
  }
  world.pipeX.forEach((x, at) => {
    world.pipeX[at] = x - speed
    if (world.pipeX[at]! < -PIPE_WIDTH) {
      world.pipeX[at] = NEW_PIPE_X
      world.pipeGap[at] = world.next()
    }
  })
  const near = world.pipeX.flatMap((at, i) => {
    const x = Math.trunc(at)
    return x >= BIRD_X + BIRD_WIDTH || x + PIPE_WIDTH <= BIRD_X ? [] : [FIRST_GAP_TOP + 10 * world.pipeGap[i]!]
  })
  return states.map((state, at) => {
    if (!flapped[at] && state[1] < FALL_VELOCITY) state[1] += gravity
    state[0] += Math.min(state[1], GROUND_Y - state[0] - BIRD_HEIGHT)
    if (state[0] + BIRD_HEIGHT >= GROUND_Y - 1) return false
    const y = Math.trunc(state[0])
    return !near.some((top) => (top - PIPE_HEIGHT < y + BIRD_HEIGHT && y < top) || (top + gap < y + BIRD_HEIGHT && y < top + gap + PIPE_HEIGHT))
  })
}
