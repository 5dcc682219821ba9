// What the metrics of an application are called, known to every part of its pages.

import { getContext, setContext } from 'svelte'
import type { Term } from './api'
import { title } from './words'

const KEY = Symbol('metrics')

/** Tell the parts of a page what metrics are called; a function, for it may change with the model. */
export function setMetrics(metrics: () => Record<string, Term>): void {
  setContext(KEY, metrics)
}

/** What is said of metrics on this page. */
export function metrics(): (name: string) => Term | undefined {
  const known = getContext<(() => Record<string, Term>) | undefined>(KEY)
  return (name) => known?.()[name]
}

/** A metric's name for people. */
export function metricLabel(known: Record<string, Term>, name: string): string {
  return known[name]?.label ?? title(name)
}
