import { expect, test } from 'vitest'
import { layOut, fitToBox, flat, fresh, kin, members, nearest, separate, type Point, type Tree } from './labelMap'

const tree: Tree = {
  labels: ['apple', 'orange', 'ball'],
  likeness: -0.3,
  parts: [{ labels: ['apple', 'orange'], likeness: 0.4, parts: [{ label: 'apple' }, { label: 'orange' }] }, { label: 'ball' }],
}
const lesson = (key: string, number: number | null): Point => ({ key, label: 'apple', name: key, lesson: number, x: 0, y: 0 })

test('all places fit into the frame, and what lies near stays near', () => {
  const places = [{ x: -1, y: 0 }, { x: 0, y: 3 }, { x: 1, y: -1 }]
  const put = fitToBox(places, 600, 300, 20)
  const found = places.map(put)
  expect(found.every(({ x, y }) => x >= 19.9 && x <= 580.1 && y >= 19.9 && y <= 280.1)).toBe(true)
  expect(Math.min(...found.map(({ y }) => y))).toBeCloseTo(20)
  expect(put({ x: 0, y: 1 })).toEqual({ x: 300, y: 150 })
  const [along, down] = [put({ x: 1, y: 0 }).x - put({ x: 0, y: 0 }).x, put({ x: 0, y: 1 }).y - put({ x: 0, y: 0 }).y]
  expect(along / down).toBeCloseTo(1.7)
})

test('a single place and none lie in the middle', () => {
  expect(fitToBox([{ x: 5, y: 5 }], 100, 50, 10)({ x: 5, y: 5 })).toEqual({ x: 50, y: 25 })
  expect(fitToBox([], 100, 50, 10)({ x: 1, y: 2 })).toEqual({ x: 50, y: 25 })
})

test('names that would lie on each other are parted', () => {
  const labels = [{ x: 50, y: 50 }, { x: 60, y: 52 }, { x: 55, y: 51 }, { x: 300, y: 50 }]
  const found = separate(labels, () => 40, 14)
  for (const [at, one] of found.slice(0, 3).entries())
    for (const other of found.slice(at + 1, 3)) expect(Math.abs(one.y - other.y)).toBeGreaterThan(13)
  expect(found[3]).toEqual(labels[3])
})

test('the hand finds what lies under it, and nothing far away', () => {
  const points = [{ x: 0, y: 0 }, { x: 10, y: 0 }]
  expect(nearest(points, { x: 8, y: 1 }, 14)).toBe(points[1])
  expect(nearest(points, { x: 100, y: 0 }, 14)).toBeUndefined()
})

test('what was taught last is new; at first that is the last lesson', () => {
  const before = [lesson('a', 1), lesson('b', 2), lesson('old', null)]
  expect(fresh(undefined, before)).toEqual(new Set(['b']))
  expect(fresh(before, [...before, lesson('c', 3), lesson('d', 4)])).toEqual(new Set(['c', 'd']))
  expect(fresh(before, before.slice(0, 1)).size).toBe(0)
  // Taught once more, as something else: a new lesson of a known image.
  expect(fresh(before, [lesson('a', 5), lesson('b', 2)])).toEqual(new Set(['a']))
})

test('from a label outward it is told what is like it', () => {
  expect(kin(tree, 'apple')).toEqual([{ labels: ['orange'], likeness: 0.4 }, { labels: ['ball'], likeness: -0.3 }])
  expect(kin(tree, 'ball')).toEqual([{ labels: ['apple', 'orange'], likeness: -0.3 }])
  expect(kin({ label: 'one' }, 'one')).toEqual([])
  expect(members(tree)).toEqual(['apple', 'orange', 'ball'])
})

test('a tree is drawn with each leaf in a row of its own and nothing joined left of what is above', () => {
  const branches = flat(layOut(tree))
  const leaves = branches.filter((branch) => !branch.parts.length)
  expect(leaves.map(({ at }) => at)).toEqual([0, 1, 2])
  expect(leaves.every(({ to }) => to === 1)).toBe(true)
  expect(branches[1]!.at).toBe(0.5)
  expect(branches.every(({ from, to }) => to >= from)).toBe(true)
  expect(branches[1]!.to).toBeGreaterThan(branches[0]!.to)
})
