// Images made by a formula, for tests: what is recorded of the simulator was drawn with the same.

import { BIRD_HEIGHT, BIRD_WIDTH, PIPE_HEIGHT, PIPE_WIDTH } from './rules'
import type { GameImages } from './images'

type Colour = [number, number, number]

const SKIES: Colour[] = [[80, 186, 192], [0, 128, 140]]
const PIPES: Colour[] = [[143, 170, 84], [182, 116, 87]]
const BIRDS: Colour[] = [[200, 150, 60], [90, 120, 170], [200, 90, 50]]
const GROUND: Colour = [103, 105, 66]

/** Images each of one colour, a little uneven. */
function plain(colours: Colour[], pixels: number): Uint8Array {
  const length = colours.length * pixels * 3
  return Uint8Array.from({ length }, (_, at) => {
    const colour = colours[Math.floor(at / (pixels * 3))]!
    return colour[at % 3]! + ((at * 131 + (at >> 5) * 17) % 23)
  })
}

/** The same with what is not covered left open; every image is covered alike. */
function opaque(colours: Uint8Array, covered: boolean[]): Uint8Array {
  const made = new Uint8Array((colours.length / 3) * 4)
  for (let pixel = 0; pixel < colours.length / 3; pixel++) {
    made.set(colours.subarray(pixel * 3, pixel * 3 + 3), pixel * 4)
    made[pixel * 4 + 3] = covered[pixel % covered.length] ? 255 : 0
  }
  return made
}

/** An egg with a beak. */
const BIRD = Array.from({ length: BIRD_WIDTH * BIRD_HEIGHT }, (_, at) => {
  const [x, y] = [at % BIRD_WIDTH, Math.floor(at / BIRD_WIDTH)]
  return (x - 15) ** 2 + 2 * (y - 12) ** 2 < 240 || (Math.abs(y - 14) < 4 && x > 15)
})

export const IMAGES: GameImages = {
  background: plain(SKIES, 64 * 36),
  ground: plain(Array.from({ length: 12 }, () => GROUND), 14 * 36),
  pipe: opaque(plain(PIPES, PIPE_HEIGHT * PIPE_WIDTH), [true]),
  bird: opaque(plain(BIRDS, 3 * BIRD_WIDTH * BIRD_HEIGHT), BIRD),
}
