// Files as they are dropped: with the folders they lie in, for a folder's name often says what its images show.

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

/** Files in the order of their names, numbers by their value: browsers give those of a folder in any order. */
export function sortByName(files: File[]): File[] {
  const order = new Intl.Collator('en', { numeric: true })
  return files.toSorted((one, other) => order.compare(one.webkitRelativePath || one.name, other.webkitRelativePath || other.name))
}

/** How data to learn from is asked for, by the kind of what an application reads. */
export function howData({ kind, input }: { kind: string; input: string }): { hint: string; folders: boolean; many: boolean; accept: string } {
  if (kind === 'record') return { hint: 'A table: CSV, Excel, JSON or parquet', folders: false, many: false, accept: getAcceptedTypes(input) }
  const hint = kind === 'file' ? 'A folder with a folder of files for each label, named by it' : 'A file, such as CSV'
  return { hint, folders: true, many: true, accept: '' }
}

const TABLES = '.csv,.tsv,.tab,.txt,.json,.jsonl,.ndjson,.parquet,.xlsx,.xls,.xlsb,.ods,.gz'

/** What a browser's file dialog is to show for a kind of input. */
export function getAcceptedTypes(kind: string): string {
  return ['image', 'audio', 'video'].includes(kind) ? `${kind}/*` : kind === 'record' ? TABLES : ''
}
