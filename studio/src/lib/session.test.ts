import { afterEach, expect, test, vi } from 'vitest'
import type { Facts } from './api'
import { byName } from './files'
import { ofSample, sent, Session } from './session.svelte'

afterEach(() => vi.unstubAllGlobals())

test('files and values go their own ways', () => {
  const file = new File(['x'], 'a.png')
  expect(sent('inputs', [{ name: 'a', file }, { name: 's', sample: 3 }, { name: 'v', value: { x: 1 } }])).toEqual({
    values: { inputs: [{ sample: 3 }, { x: 1 }] },
    files: { inputs: [file] },
  })
})

test('a sample with an image goes by its number, one of plain values as it is', () => {
  expect(ofSample({ sample: 2, name: 'a_b', truth: null, thumbnail: 'data:x' })).toEqual({ name: 'a b', image: 'data:x', sample: 2 })
  expect(ofSample({ sample: 2, name: 'row', truth: null, value: '7' })).toEqual({ name: 'row', value: '7' })
})

test('what another model answered is asked for again, once', async () => {
  const asked: string[] = []
  const result = { answer: 'a', known: true, confidence: 1, alternatives: [], evidence: [], files: [] }
  vi.stubGlobal('fetch', async (address: string) => {
    asked.push(address)
    return Response.json({ payload: { results: [result], taught: [] }, report: {}, files: [] })
  })
  const now = new Session({ name: 'app', kind: 'text', lessons: 0 } as unknown as Facts)
  const answers = () => asked.filter((address) => address.endsWith('/predict')).length
  now.follow('first')
  await now.answer([{ name: 'x', value: 'x' }])
  now.follow('first')
  expect(answers()).toBe(1)
  now.follow('second')
  await vi.waitFor(() => expect(now.items[0]?.busy).toBe(''))
  now.follow('second')
  expect(answers()).toBe(2)
})

test('the files of a folder come by name, numbers by their value', () => {
  const files = ['b10.png', 'a.png', 'b9.png'].map((name) => new File([], name))
  expect(byName(files).map((file) => file.name)).toEqual(['a.png', 'b9.png', 'b10.png'])
})
