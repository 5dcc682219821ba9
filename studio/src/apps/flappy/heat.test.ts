import { expect, test } from 'vitest'
import { evidence, occludePatches, Usual } from './heat'
import { COLUMNS, SIZE } from './sight'

test('each patch is hidden once, in both frames', () => {
  const all = occludePatches(new Uint8Array(SIZE).fill(9), new Uint8Array(SIZE).fill(1))
  expect(all.length).toBe(145 * SIZE)
  for (let place = 0; place < 144; place++) {
    const one = all.subarray(place * SIZE, (place + 1) * SIZE)
    expect(one.reduce((count, byte) => count + Number(byte === 1), 0)).toBe(4 * 4 * 6)
  }
  expect(all[10 * SIZE + (4 * COLUMNS + 4) * 6]).toBe(1) // the second patch of the second row
  expect(all.subarray(144 * SIZE).every((byte) => byte === 9)).toBe(true)
})

test('what is missed speaks for a decision, whichever it is', () => {
  const thought = (flap: number) => ({ idle: 0, flap, value: 0 })
  expect([...evidence([thought(0), thought(4), thought(6), thought(4)])]).toEqual([1, 0, -0.5])
  expect([...evidence([thought(0), thought(-4), thought(-4)])]).toEqual([1, 0])
  expect([...evidence([thought(0.75), thought(1)])]).toEqual([0.25])
})

test('what is usual is the mean', () => {
  const usual = new Usual()
  usual.add(new Uint8Array(SIZE).fill(2))
  usual.add(new Uint8Array(SIZE).fill(5))
  expect(usual.mean()[7]).toBe(4)
  expect(usual.enough).toBe(false)
})
