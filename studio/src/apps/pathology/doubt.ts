// What an answer tells of its doubt: a set of labels, what was measured of such sets, and the limits of labels.

export interface Measured { value: number; low: number; high: number; n: number }

export interface Doubt {
  set: string[]
  coverage: number
  measured: Measured & { by_label?: Record<string, Measured> }
  limits: Record<string, number>
  distance: number
  distance_limit: number | null
}

/** The doubt among the evidence of an answer. */
export function doubtOf(evidence: unknown[]): Doubt | undefined {
  const found = evidence.find((one) => typeof one === 'object' && one !== null && 'doubt' in one)
  return (found as { doubt: Doubt } | undefined)?.doubt
}

export interface Bar {
  label: string
  share: number
  limit: number
  inSet: boolean
  measured: Measured | undefined
}

/** Each label with its probability, the limit from which it is in the set, and whether it is. */
export function bars(doubt: Doubt, shares: { answer: unknown; confidence: number }[]): Bar[] {
  return shares.map(({ answer, confidence }) => {
    const label = String(answer)
    const measured = doubt.measured.by_label?.[label]
    return { label, share: confidence, limit: doubt.limits[label] ?? 0.5, inSet: doubt.set.includes(label), measured }
  })
}

export const percentage = (share: number): string => `${(100 * share).toFixed(1)} %`
