// What applications declare, fetched ahead so that a page opens at once, and again after each change.

import { get, type Facts } from './api'

const known = new Map<string, Promise<Facts>>()

/** The facts of an application; with `fresh` as they are now. */
export function factsOf(name: string, fresh = false): Promise<Facts> {
  const found = fresh ? undefined : known.get(name)
  if (found) return found
  const asked = get<Facts>(`/${encodeURIComponent(name)}`)
  known.set(name, asked)
  asked.catch(() => known.delete(name))
  return asked
}
