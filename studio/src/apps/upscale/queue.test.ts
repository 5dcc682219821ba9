import { expect, test } from 'vitest'
import { remaining, type Job } from './queue.svelte'

const job = (pixels: number, state: Job['state']) => ({ pixels, state })

test('the time left is that of what is not done', () => {
  expect(remaining([job(2e6, 'waiting'), job(1e6, 'working'), job(4e6, 'done'), job(1e6, 'failed')], 5)).toBe(15)
})

test('a photograph of unknown size counts as the others do', () => {
  expect(remaining([job(0, 'waiting'), job(2e6, 'done'), job(4e6, 'waiting')], 1)).toBe(7)
})

test('before the pace is known there is no time to tell', () => {
  expect(remaining([job(1e6, 'waiting')], 0)).toBeNull()
})
