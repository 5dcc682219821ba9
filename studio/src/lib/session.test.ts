import { expect, test } from 'vitest'
import { ofSample, sent } from './session.svelte'

test('files and values go their own ways', () => {
  const file = new File(['x'], 'a.png')
  expect(sent('inputs', [{ name: 'a', file }, { name: 's', sample: 3 }, { name: 'v', value: { x: 1 } }])).toEqual({
    values: { inputs: [{ sample: 3 }, { x: 1 }] },
    files: { inputs: [file] },
  })
})

test('a sample with a picture goes by its number, one of plain values as it is', () => {
  expect(ofSample({ sample: 2, name: 'a_b', truth: null, thumbnail: 'data:x' })).toEqual({ name: 'a b', picture: 'data:x', sample: 2 })
  expect(ofSample({ sample: 2, name: 'row', truth: null, value: '7' })).toEqual({ name: 'row', value: '7' })
})
