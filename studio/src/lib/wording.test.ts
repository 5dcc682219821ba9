import { expect, test } from 'vitest'
import { forPages } from './wording'

test('settings are called as their fields are', () => {
  expect(forPages("The label is the column 'label' (its name); --label names another.")).toBe(
    "The label is the column 'label' (its name); “Label” names another.",
  )
  expect(forPages("'note' is text: --text=sentences sets an encoder")).toBe("'note' is text: “Text: sentences” sets an encoder")
  expect(forPages("if not, --skip 'a b'")).toBe('if not, “Skip: a b”')
  expect(forPages('with --from-scratch: pixels a side')).toBe('with “From scratch”: pixels a side')
  expect(forPages('before the last fit on all rows (--no-refit leaves that fit out).')).toBe(
    'before the last fit on all rows (“Refit” switched off leaves that fit out).',
  )
  expect(forPages('give one with --grammar FILE, or --decode=beam.')).toBe('give one with “Grammar”, or “Decode: beam”.')
})

test('commands are places on a page', () => {
  expect(forPages('`tables` has no model for x yet; `pippin tables train DATA` makes one.')).toBe(
    '`tables` has no model for x yet; the page “Train” makes one.',
  )
  expect(forPages("There is no application 'x'; `pippin list` shows them.")).toBe("There is no application 'x'; the home page shows them.")
  expect(forPages('Name at least one input: pippin tables INPUT ...')).toBe('Name at least one input')
  expect(forPages('as an application of its own: pippin NAME INPUT.')).toBe('as an application of its own.')
  expect(forPages('Say what it is (pippin a teach INPUT ANSWER) or that its answer is right (--right).')).toBe(
    'Say what it is or that its answer is right.',
  )
  expect(forPages('The first 40 of 160 are shown; --json has all.')).toBe('The first 40 of 160 are shown.')
})

test('other words stay as they are', () => {
  for (const text of ['is `pippin studio` still running?', 'a -- b', 'well-known', 'its answer is 5--7', 'pippin apples are red'])
    expect(forPages(text)).toBe(text)
})
