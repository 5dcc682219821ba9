import { expect, test } from 'vitest'
import { beside, pairClips, rate } from './rounds'

test('error rates are wrong words over words spoken, over all rounds', () => {
  expect(rate([], 'you')).toBeNull()
  const rounds = [{ you: 6, network: 1, words: 6 }, { you: 0, network: 1, words: 4 }]
  expect(rate(rounds, 'you')).toBeCloseTo(0.6)
  expect(rate(rounds, 'network')).toBeCloseTo(0.2)
})

test('what was said stands beside the truth word by word, where there are as many', () => {
  expect(beside('set red at a', 'set blue at a').map((one) => one.wrong)).toEqual([false, true, false, false])
  expect(beside('set red at a', 'set at a')).toEqual([{ word: 'set at a', wrong: true }])
  expect(beside('set red', '')).toEqual([{ word: '–', wrong: true }])
  expect(beside('set red', ['', 'red'])).toEqual([{ word: '–', wrong: true }, { word: 'red', wrong: false }])
})

test('clips go with the files of their name, in whichever folder', () => {
  const file = (path: string): File => Object.assign(new File([], path.split('/').pop()!), { path_: path })
  const files = ['s1/video/bbaf2n.mp4', 's1/align/bbaf2n.align', 's1/video/lwbz1a.MPG', 'notes.txt'].map(file)
  const found = pairClips(files).map(({ clip, beside }) => [clip.name, beside.map((one) => one.name)])
  expect(found).toEqual([['bbaf2n.mp4', ['bbaf2n.align']], ['lwbz1a.MPG', []]])
})
