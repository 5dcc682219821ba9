// The browser's own database (IndexedDB): events, and what applications keep of their own, by key. Where a browser gives
// none (some do not to pages opened as files), everything is kept as long as the page is open.

const NAME = 'pippin-lesson'

export interface Store {
  get<T>(key: string): Promise<T | undefined>
  set(key: string, value: unknown): Promise<void>
  clear(): Promise<void>
  lasts: boolean
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result)
    request.onerror = () => failed(request.error)
  })
}

function inMemory(): Store {
  const values = new Map<string, unknown>()
  return {
    get: async <T>(key: string) => values.get(key) as T | undefined,
    set: async (key, value) => void values.set(key, value),
    clear: async () => values.clear(),
    lasts: false,
  }
}

export async function openStore(): Promise<Store> {
  try {
    const opening = indexedDB.open(NAME, 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('values')
    const database = await asked(opening)
    const table = (mode: IDBTransactionMode) => database.transaction('values', mode).objectStore('values')
    return {
      get: <T>(key: string) => asked(table('readonly').get(key) as IDBRequest<T | undefined>),
      set: async (key, value) => void (await asked(table('readwrite').put(value, key))),
      clear: async () => void (await asked(table('readwrite').clear())),
      lasts: true,
    }
  } catch {
    return inMemory()
  }
}
