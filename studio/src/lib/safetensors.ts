// Reads safetensors: a length, a header of JSON that says which array lies where, and the arrays.

interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

/** The arrays of bytes in a file, by name. */
export function bytesIn(file: ArrayBuffer): Record<string, Uint8Array> {
  const size = Number(new DataView(file).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, size))) as Record<string, Entry>
  const entries = Object.entries(header).filter(([, entry]) => entry.dtype === 'U8')
  return Object.fromEntries(
    entries.map(([name, { data_offsets: [from, to] }]) => [name, new Uint8Array(file, 8 + size + from, to - from)]),
  )
}
