import { expect, test } from 'vitest'
import { crc32, makeDistinct, zip } from './zip'

test('the checksum is that of the standard', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  expect(crc32(new Uint8Array())).toBe(0)
})

test('an archive lists its files and holds them as they are', async () => {
  const contents = ['first', 'the second, in a folder']
  const names = ['a.txt', 'späte/b.txt']
  const made = await zip(names.map((name, at) => ({ name, content: new Blob([contents[at]!]) })))
  const bytes = new Uint8Array(await made.arrayBuffer())
  const view = new DataView(bytes.buffer)
  const text = (at: number, size: number) => new TextDecoder().decode(bytes.slice(at, at + size))
  const end = bytes.length - 22
  expect(view.getUint32(end, true)).toBe(0x06054b50)
  expect(view.getUint16(end + 10, true)).toBe(2)
  let at = view.getUint32(end + 16, true)
  expect(at + view.getUint32(end + 12, true)).toBe(end)
  for (const [number, name] of names.entries()) {
    expect(view.getUint32(at, true)).toBe(0x02014b50)
    const title = view.getUint16(at + 28, true)
    expect(text(at + 46, title)).toBe(name)
    const local = view.getUint32(at + 42, true)
    expect(view.getUint32(local, true)).toBe(0x04034b50)
    expect(text(local + 30 + title, view.getUint32(local + 18, true))).toBe(contents[number])
    at += 46 + title
  }
})

test('no two files go by one name', () => {
  expect(makeDistinct(['a.jpg', 'a.jpg', 'x/a.jpg', 'a-2.jpg', 'b', 'b'])).toEqual(['a.jpg', 'a-2.jpg', 'x/a.jpg', 'a-2-2.jpg', 'b', 'b-2'])
})
