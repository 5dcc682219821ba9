import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { InferenceSession, Tensor } from 'onnxruntime-web'
import { beforeAll, expect, test } from 'vitest'
import { IMAGES } from './formula'
import { advance, begin } from './physics'
import recorded from './recorded.json'
import { COLUMNS, ROWS, Sight } from './sight'

let session: InferenceSession

beforeAll(async () => {
  session = await InferenceSession.create(readFileSync('../src/pippin/apps/flappy/model/policy.onnx'))
})

test.each(recorded.thoughts)('the agent sees and decides in the game of seed $seed as in the simulator', async (one) => {
  const game = begin(one.seed)
  const sight = new Sight(IMAGES, one.rules.gap)
  let seen: Uint8Array | undefined
  for (const [at, action] of [...one.actions].entries()) {
    seen = sight.see(game, seen)
    expect(createHash('sha256').update(seen).digest('hex')).toBe(one.seen[at])
    const { logits, value } = await session.run({ seen: new Tensor('uint8', seen, [1, ROWS, COLUMNS, 6]) })
    const [idle, flap] = logits!.data as Float32Array
    expect(Math.abs(idle! - one.logits[at]![0]!) + Math.abs(flap! - one.logits[at]![1]!)).toBeLessThan(0.001)
    expect(Math.abs((value!.data as Float32Array)[0]! - one.values[at]!)).toBeLessThan(0.001)
    expect(flap! > idle! ? '1' : '0').toBe(action)
    for (let frame = 0; frame < 3; frame++) if (!advance(game, action === '1' && frame === 0, one.rules)) return
  }
}, 60_000)
