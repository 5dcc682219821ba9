// What runs are called, and how far they are.

import type { LogLine } from './log'
import { duration, left, title } from './words'

const NAMES: Record<string, string> = {
  train: 'Training',
  evaluate: 'Score',
  compare: 'Comparison',
  curve: 'Curve',
  tune: 'Search for settings',
  inspect: 'Look at the data',
}

/** What a verb's run is called. */
export function runName(verb: string): string {
  return NAMES[verb] ?? title(verb)
}

export interface Progress {
  share: number | null // of the work that is done
  text: string
}

/** How far a run is, from its log; `idle` is said where the log does not tell yet. */
export function progress(lines: LogLine[], idle: string): Progress {
  const last = lines.findLast((line) => typeof line.step === 'number' && typeof line.total === 'number')
  if (!last || !last.total) return { share: null, text: idle }
  const share = Math.min(1, Number(last.step) / Number(last.total))
  const done = last.of ? `${last.done} of ${last.of} done` : `${Math.floor(share * 100)} %`
  const rest = left(Number(last.step), Number(last.total), Number(last.seconds))
  if (rest === null) return { share: share || null, text: done }
  return { share, text: `${done} · ${rest ? `about ${duration(rest)} left` : 'nearly done'}` }
}
