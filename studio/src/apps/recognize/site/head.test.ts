import { expect, test } from 'vitest'
import { decode, round } from './float16'
import { Head, fitSharpness } from './head'
import { dot } from './matrix'
import recorded from './recorded.json'
import { resize } from './resample'
import { solve } from './ridge'

test.each(recorded.heads)('what is learned of $names.length examples is what Python learns of them', (one) => {
  const points = one.points.map((point) => Float32Array.from(point))
  const gram = points.map((row) => Float64Array.from(points, (other) => dot(row, other)))
  const head = new Head(points, one.names, gram)
  expect(head.labels).toEqual(one.labels)
  const owners = one.names.map((name) => one.labels.indexOf(name))
  const { leftOut } = solve(gram, owners, one.labels.length)
  leftOut.forEach((row, at) => row.forEach((value, label) => expect(value).toBeCloseTo(one.leftOut[at]![label]!, 4)))
  expect(fitSharpness(leftOut, owners)).toBeCloseTo(one.sharpness, 3)
  one.queries.forEach((query, at) => {
    const answer = head.answer(Float32Array.from(query))
    const shares = Object.fromEntries(answer.shares)
    one.labels.forEach((label, place) => expect(shares[label]).toBeCloseTo(one.shares[at]![place]!, 4))
    expect(answer.known).toBe(one.known[at])
    expect(answer.novelty).toBeCloseTo(one.novelty[at]!, 3)
  })
})

test.each(recorded.images)('an image of $width x $height at another size is Pillow’s, number for number', (one) => {
  const data = Uint8Array.from({ length: one.width * one.height * 3 }, (_, at) => (at * 131 + (at >> 3) * 17 + ((at * at) % 251)) % 256)
  const image = { data, width: one.width, height: one.height }
  expect([...resize(image, one.toWidth, one.toHeight).data]).toEqual(one.whole)
  expect([...resize(image, one.toWidth, one.toHeight, one.box as [number, number, number, number]).data]).toEqual(one.boxed)
})

test('half precision: numbers come back as they were, and are rounded to the nearest', () => {
  const bits = Uint16Array.from({ length: 2 ** 16 }, (_, at) => at)
  const values = decode(bits.buffer)
  for (const value of values) if (Number.isFinite(value)) expect(round(value)).toBe(value)
  expect(round(1 + 1 / 2048)).toBe(1) // half way: to the even one
  expect(round(1 + 3 / 2048)).toBe(1 + 2 / 1024)
  expect(round(1 + 1.1 / 2048)).toBe(1 + 1 / 1024)
})
