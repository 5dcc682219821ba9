import { expect, test } from 'vitest'
import { isFilm, remaining, type Job } from './queue.svelte'

const job = (pixels: number, state: Job['state'], began = 0) => ({ pixels, state, began })

test('the time left is that of what is not done', () => {
  expect(remaining([job(2e6, 'waiting'), job(1e6, 'working'), job(4e6, 'done'), job(1e6, 'failed')], 5)).toBe(15)
})

test('a photograph of unknown size counts as the others do', () => {
  expect(remaining([job(0, 'waiting'), job(2e6, 'done'), job(4e6, 'waiting')], 1)).toBe(7)
})

test('before the pace is known there is no time to tell', () => {
  expect(remaining([job(1e6, 'waiting')], 0)).toBeNull()
})

test('what is worked on takes less the longer it is worked on, but never nothing', () => {
  expect(remaining([job(10e6, 'working', 1000)], 1, 5000)).toBe(6)
  expect(remaining([job(10e6, 'working', 1000)], 1, 60_000)).toBe(0.5)
})

test('a clip is known by its kind or by its name', () => {
  expect(isFilm(new File([], 'a.bin', { type: 'video/mp4' }))).toBe(true)
  expect(isFilm(new File([], 'a.MKV'))).toBe(true)
  expect(isFilm(new File([], 'a.jpg', { type: 'image/jpeg' }))).toBe(false)
})
