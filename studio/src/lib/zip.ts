// A zip archive of files as they are (images are compressed already), made in the page.

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

/** CRC-32 as in zip, PNG and Ethernet. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** Little-endian fields: a number and its bytes. */
function fields(...values: [number, 2 | 4][]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.reduce((sum, [, size]) => sum + size, 0)))
  let at = 0
  for (const [value, size] of values) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += size
  }
  return new Uint8Array(view.buffer)
}

/** The archive (PKWARE's APPNOTE, 4.3): stored, names in UTF-8. Contents are looked at one after the other. */
export async function zip(files: { name: string; content: Blob }[], when = new Date()): Promise<Blob> {
  const [parts, directory]: [BlobPart[], BlobPart[]] = [[], []]
  const time = (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1)
  const day = ((when.getFullYear() - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate()
  let [offset, listed] = [0, 0]
  for (const { name, content } of files) {
    const title = new TextEncoder().encode(name)
    const crc = crc32(new Uint8Array(await content.arrayBuffer()))
    const facts: [number, 2 | 4][] = [[20, 2], [0x0800, 2], [0, 2], [time, 2], [day, 2], [crc, 4], [content.size, 4], [content.size, 4], [title.length, 2], [0, 2]]
    const local = fields([0x04034b50, 4], ...facts)
    const entry = fields([0x02014b50, 4], [20, 2], ...facts, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4])
    parts.push(local, title, content)
    directory.push(entry, title)
    offset += local.length + title.length + content.size
    listed += entry.length + title.length
  }
  const end = fields([0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [listed, 4], [offset, 4], [0, 2])
  return new Blob([...parts, ...directory, end], { type: 'application/zip' })
}

/** Names of which none occurs twice: the second a.jpg becomes a-2.jpg. */
export function makeDistinct(names: string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const dot = name.lastIndexOf('.') > name.lastIndexOf('/') ? name.lastIndexOf('.') : name.length
    let [free, number] = [name, 1]
    while (taken.has(free)) free = `${name.slice(0, dot)}-${++number}${name.slice(dot)}`
    taken.add(free)
    return free
  })
}
