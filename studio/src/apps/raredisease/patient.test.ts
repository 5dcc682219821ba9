import { expect, test } from 'vitest'
import { counting, withFinding, written } from './patient'

const seizure = { term: 'HP:0001250', name: 'Seizure', status: 'present' } as const

test('findings are written with a minus where they are absent', () => {
  expect(written([seizure, { term: 'HP:0000252', name: 'Microcephaly', status: 'excluded' }])).toBe('HP:0001250 -HP:0000252')
})

test('a finding has one status, the last', () => {
  expect(withFinding([seizure], { ...seizure, status: 'excluded' })).toEqual([{ ...seizure, status: 'excluded' }])
})

test('findings of relatives and those in doubt do not count', () => {
  const mentions = [{ ...seizure, quote: 'fits' }, { term: 'HP:1', name: 'x', status: 'family', quote: 'x' }]
  expect(counting(mentions)).toEqual([seizure])
})
