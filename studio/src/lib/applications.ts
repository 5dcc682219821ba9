// What applications declare, fetched ahead so that a page opens at once, and again after each change.

import { get, type ApplicationDetails } from './api'

const known = new Map<string, Promise<ApplicationDetails>>()

/** The details of an application; with `fresh` as they are now. */
export function fetchDetails(name: string, fresh = false): Promise<ApplicationDetails> {
  const found = fresh ? undefined : known.get(name)
  if (found) return found
  const asked = get<ApplicationDetails>(`/${encodeURIComponent(name)}`)
  known.set(name, asked)
  asked.catch(() => known.delete(name))
  return asked
}
