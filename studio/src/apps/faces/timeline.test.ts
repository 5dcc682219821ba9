import { expect, test } from 'vitest'
import type { Face } from './album.svelte'
import { boxBetween, fileName, groupByYear } from './timeline'

const face = (name: string, taken: string | null): Face => ({ face: name, photograph: null, box: [0, 0, 1, 1], seconds: null, confirmed: true, taken })

test('years come in order, faces without a date last', () => {
  const years = groupByYear([face('f1', '2024-05-01T10:00:00'), face('f2', null), face('f3', '1999-01-01T00:00:00'), face('f4', '2024-06-01T10:00:00')])
  expect(years.map(({ year, faces }) => [year, faces.map(({ face }) => face)])).toEqual([['1999', ['f3']], ['2024', ['f1', 'f4']], ['', ['f2']]])
})

test('a box is drawn in any direction and stays within the photograph', () => {
  expect(boxBetween([0.5, 0.75], [0.25, 0.25])).toEqual({ x: 0.25, y: 0.25, width: 0.25, height: 0.5 })
  expect(boxBetween([0.5, 0.5], [1.5, 2])).toEqual({ x: 0.5, y: 0.5, width: 0.5, height: 0.5 })
  expect(boxBetween([0.5, 0.5], [0.505, 0.9])).toBeUndefined()
})

test('a file is called by the last part of its path', () => {
  expect([fileName('/home/me/a.jpg'), fileName('C:\\me\\b.jpg'), fileName(null)]).toEqual(['a.jpg', 'b.jpg', 'a photograph that is gone'])
})
