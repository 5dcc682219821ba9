// From which page of the lesson a reader set out to an application, as long as the tab is open: the way back stays in sight.

const STORED = 'pippin-lesson-page'
const DID = 'pippin-did'

export function setOut(page: number | undefined): void {
  try {
    if (page) sessionStorage.setItem(STORED, String(page))
    else sessionStorage.removeItem(STORED)
  } catch {
    // Storage is switched off: the browser's own way back remains.
  }
}

export function setOutFrom(): number {
  try {
    return Number(sessionStorage.getItem(STORED) ?? 0) || 0
  } catch {
    return 0
  }
}

/** Say that a command was carried out: a task may be done by now. */
export function announce(): void {
  globalThis.dispatchEvent?.(new Event(DID))
}

/** Hear of every command that was carried out; the result stops that. */
export function hear(work: () => void): () => void {
  addEventListener(DID, work)
  return () => removeEventListener(DID, work)
}

export const TAUGHT = 'pippin-taught'

/** Forget what was taught in this tab's own browser: the class is over, or it was another pupil. */
export function forgetTaught(): void {
  try {
    sessionStorage.removeItem(TAUGHT)
  } catch {
    // Storage is switched off: nothing was kept.
  }
}
