import { expect, test } from 'vitest'
import { blocks } from './markdown'

test('a card is read in blocks, its front matter left out', () => {
  const card = '---\ntags: [x]\n---\n# Name\n\nFirst\nsecond.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n\n```\ncode\n```\n'
  expect(blocks(card)).toEqual([
    { kind: 'heading', level: 1, text: 'Name' },
    { kind: 'text', text: 'First second.' },
    { kind: 'table', head: ['a', 'b'], rows: [['1', '2']] },
    { kind: 'list', items: ['one', 'two'] },
    { kind: 'code', text: 'code' },
  ])
})

test('marks that are none of ours stay text and never hang', () => {
  expect(blocks('#hash\n<script>x</script>')).toEqual([
    { kind: 'text', text: '#hash' },
    { kind: 'text', text: '<script>x</script>' },
  ])
})
