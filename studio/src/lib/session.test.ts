import { afterEach, expect, test, vi } from 'vitest'
import type { ApplicationDetails } from './api'
import { sortByName } from './files'
import { inputFromSample, toRequest, Session } from './session.svelte'

afterEach(() => vi.unstubAllGlobals())

test('files and values go their own ways', () => {
  const file = new File(['x'], 'a.png')
  expect(toRequest('inputs', [{ name: 'a', file }, { name: 's', sample: 3 }, { name: 'v', value: { x: 1 } }])).toEqual({
    values: { inputs: [{ sample: 3 }, { x: 1 }] },
    files: { inputs: [file] },
  })
})

test('a sample with an image goes by its number, one of plain values as it is', () => {
  expect(inputFromSample({ sample: 2, name: 'a_b', truth: null, thumbnail: 'data:x' })).toEqual({ name: 'a b', image: 'data:x', sample: 2 })
  expect(inputFromSample({ sample: 2, name: 'row', truth: null, value: '7' })).toEqual({ name: 'row', value: '7' })
})

test('what another model answered is asked for again, once', async () => {
  const asked: string[] = []
  const result = { answer: 'a', known: true, confidence: 1, alternatives: [], evidence: [], files: [] }
  vi.stubGlobal('fetch', async (address: string) => {
    asked.push(address)
    return Response.json({ payload: { results: [result], taught: [] }, report: {}, files: [] })
  })
  const session = new Session({ name: 'app', kind: 'text', lessons: 0 } as unknown as ApplicationDetails)
  const answers = () => asked.filter((address) => address.endsWith('/predict')).length
  session.follow('first')
  await session.answer([{ name: 'x', value: 'x' }])
  session.follow('first')
  expect(answers()).toBe(1)
  session.follow('second')
  await vi.waitFor(() => expect(session.items[0]?.busy).toBe(''))
  session.follow('second')
  expect(answers()).toBe(2)
})

test('the files of a folder come by name, numbers by their value', () => {
  const files = ['b10.png', 'a.png', 'b9.png'].map((name) => new File([], name))
  expect(sortByName(files).map((file) => file.name)).toEqual(['a.png', 'b9.png', 'b10.png'])
})

test('an answer that comes late does not replace a newer one', async () => {
  const waiting: ((answer: string) => void)[] = []
  const body = (answer: string) => ({ payload: { results: [{ answer, known: true, alternatives: [], files: [], error: null }] }, files: [] })
  vi.stubGlobal('fetch', () => new Promise((done) => waiting.push((answer) => done(Response.json(body(answer))))))
  const session = new Session({ name: 'app', kind: 'text', lessons: 0 } as unknown as ApplicationDetails)
  const [first, second] = [session.answer([{ name: 'x', value: 'x' }]), session.again()]
  waiting[1]!('new')
  await second
  waiting[0]!('old')
  await first
  expect(session.items[0]?.result?.answer).toBe('new')
})
