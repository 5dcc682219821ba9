// The words around a lesson, in the language chosen; they lie in one file a language on the server.
import { get } from './api'

const STORED = 'pippin-language'
let table = $state.raw<Record<string, string>>({})
let asked: Promise<void> | undefined

function stored(): string {
  try {
    return localStorage.getItem(STORED) ?? ''
  } catch {
    return '' // storage is switched off
  }
}

export const language = $state({ chosen: stored() })

/** `?language=de` where a language was chosen, for requests to the lesson. */
export function inLanguage(): string {
  return language.chosen ? `?language=${encodeURIComponent(language.chosen)}` : ''
}

/** Fetch the words once; `say` has them afterwards. */
export function loadWords(): Promise<void> {
  asked ??= get<Record<string, string>>(`/learn/words${inLanguage()}`).then((found) => {
    table = found
  })
  return asked
}

/** Have `say` use these words: of pages that hold them already. */
export function useWords(words: Record<string, string>): void {
  table = words
}

export async function choose(code: string): Promise<void> {
  language.chosen = code
  try {
    localStorage.setItem(STORED, code)
  } catch {
    // It holds for this page then.
  }
  asked = undefined
  await loadWords()
}

/** The words of a key, {name} replaced by a value. */
export function say(key: string, values: Record<string, string | number> = {}): string {
  const text = table[key] ?? ''
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
