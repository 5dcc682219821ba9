import { expect, test } from 'vitest'
import { inflate, joinPlanes, unpack } from './packing'
import cases from './packingCases.json'

const bytesOf = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

test.each(cases)('$about', async ({ content, packed, width }) => {
  const text = new TextDecoder('windows-1252').decode(bytesOf(packed))
  const bytes = unpack(text)
  expect(hexOf(width ? new Uint8Array(joinPlanes(await inflate(bytes), width)) : bytes)).toBe(content)
})
