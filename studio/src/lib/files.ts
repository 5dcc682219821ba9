// Files as they are dropped: with the folders they lie in, for a folder's name often says what its pictures show.

/** All files of a drop, those in folders too. */
export async function filesIn(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null)
  if (!entries.length) return [...transfer.files]
  return (await Promise.all(entries.map((entry) => below(entry!)))).flat()
}

async function below(entry: FileSystemEntry): Promise<File[]> {
  if (entry.name.startsWith('.')) return []
  if (entry.isFile) {
    const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed))
    return [Object.assign(file, { path_: entry.fullPath.replace(/^\//, '') })]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed))
    if (!some.length) break
    found.push(...some)
  }
  return (await Promise.all(found.map(below))).flat()
}

/** What a browser's file dialog is to show for a kind of input. */
export function accepted(kind: string): string {
  return ['image', 'audio', 'video'].includes(kind) ? `${kind}/*` : kind === 'record' ? '.csv,.tsv,.txt' : ''
}
