// Files within a page: bytes of windows-1252, but for four that HTML would change; lessons/site_packing.py writes them.

const [ESCAPE, SHIFT] = [0x3d, 64]
let table: Uint8Array | undefined // the byte of each letter

function bytesOfLetters(): Uint8Array {
  if (table) return table
  table = new Uint8Array(2 ** 16)
  const letters = new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte))
  for (let byte = 0; byte < 256; byte++) table[letters.charCodeAt(byte)] = byte
  return table
}

export function unpack(text: string): Uint8Array<ArrayBuffer> {
  const byteOf = bytesOfLetters()
  const found = new Uint8Array(text.length)
  let size = 0
  for (let at = 0; at < text.length; at++) {
    let byte = byteOf[text.charCodeAt(at)]!
    if (byte === ESCAPE) byte = byteOf[text.charCodeAt(++at)]! - SHIFT
    found[size++] = byte
  }
  return found.slice(0, size)
}

export async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** Numbers of `width` bytes whose first bytes come first, then the second ones, as they were. */
export function joinPlanes(bytes: Uint8Array<ArrayBuffer>, width: number): ArrayBuffer {
  if (width === 1) return bytes.buffer
  const count = Math.floor(bytes.length / width)
  const found = new Uint8Array(bytes.length)
  for (let plane = 0, from = 0; plane < width; plane++) for (let at = 0; at < count; at++) found[at * width + plane] = bytes[from++]!
  found.set(bytes.subarray(count * width), count * width)
  return found.buffer
}
