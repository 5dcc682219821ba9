// What one step of the chat says, and how answers are written for the service.

export interface Option { code: string; name: string }
export interface Question { code: string; kind: string; question: string; options: Option[]; why: string; again: boolean }
export interface Answered { code: string; question: string; options: string[]; text: string; weight: number | null; kind: string; choices: Option[] }
export interface Understood { code: string; options: string[]; name: string; quote: string }
export interface Condition { name: string; icd10: string; probability: number; severe: boolean }
export interface Flag { key: string; text: string }
export interface State { answers: Record<string, string[]>; age: number | null; sex: string | null; confirmed: string[] }
export interface Step {
  crisis?: string
  state: State
  ranked: Condition[]
  none: number | null
  next: Question | null
  stopped: string
  answered: Answered[]
  flags: Flag[]
  contradictions: string[]
  notes: string[]
  understood: Understood[]
}

export const EMPTY: State = { answers: {}, age: null, sex: null, confirmed: [] }

/** The state with age and sex as the form has them; an empty field is not told. */
export function withProfile(state: State, age: number | null, sex: string): State {
  return { ...state, age: age ?? null, sex: sex || null }
}

/** The state with an answer that a text gave and the person confirmed or refused. */
export function withUnderstood(state: State, one: Understood, right: boolean): State {
  if (!right) return state
  return { ...state, answers: { ...state.answers, [one.code]: one.options } }
}

/** The options whose names hold the words looked for, those chosen always among them. */
export function matching(options: Option[], words: string, chosen: string[], count: number): Option[] {
  const found = options.filter(({ name }) => name.toLowerCase().includes(words.trim().toLowerCase()))
  const first = words.trim() ? found : found.slice(0, count)
  return [...options.filter(({ code }) => chosen.includes(code) && !first.some((one) => one.code === code)), ...first]
}

export const percent = (share: number) => (share >= 0.0995 ? `${(100 * share).toFixed(0)} %` : `${(100 * share).toFixed(1)} %`)
