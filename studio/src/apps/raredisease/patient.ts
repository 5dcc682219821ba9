// A patient on the page: findings with a yes or a no, and how they are written for the service.

export interface Finding { term: string; name: string; status: 'present' | 'excluded' }
export interface Mention { term: string; name: string; status: string; quote: string }
export interface Row { term: string; name: string; kind: string; weight: number; matches_name: string; frequency: number }
export interface Ranking {
  answer: string
  none: number
  ranked: { disease: string; name: string; probability: number; same_name: string | null }[]
  findings: Row[]
  next: { term: string; name: string; gain: number; share: number }[]
  notes: string[]
}

/** The findings as one line: HP:0001250 -HP:0000252. */
export function written(findings: Finding[]): string {
  return findings.map(({ term, status }) => (status === 'excluded' ? `-${term}` : term)).join(' ')
}

/** The list with a finding added, or its status changed. */
export function withFinding(findings: Finding[], added: Finding): Finding[] {
  return [...findings.filter(({ term }) => term !== added.term), added]
}

/** What of a text counts: findings of relatives and those in doubt do not. */
export function counting(mentions: Mention[]): Finding[] {
  return mentions
    .filter((one): one is Mention & Finding => one.status === 'present' || one.status === 'excluded')
    .reduce<Finding[]>((found, { term, name, status }) => withFinding(found, { term, name, status }), [])
}
