import { expect, test } from 'vitest'
import { mirrored, planesOf } from './enlarge'

test('beyond its border an image is mirrored, the border itself twice', () => {
  expect([-3, -2, -1, 0, 1, 2, 3, 4].map((at) => mirrored(at, 3))).toEqual([2, 1, 0, 0, 1, 2, 2, 1])
  expect(mirrored(-7, 2)).toBe(1)
})

test('planes hold red, green and blue from 0 to 1', () => {
  const image = { data: new Uint8ClampedArray([255, 0, 51, 255, 0, 255, 102, 255]), width: 2, height: 1, colorSpace: 'srgb' } as unknown as ImageData
  const planes = planesOf(image, 1)
  expect(planes.length).toBe(3 * 3 * 4)
  expect([...planes.slice(0, 4)]).toEqual([1, 1, 0, 0])
  expect(planes[24]).toBeCloseTo(0.2, 6)
})
