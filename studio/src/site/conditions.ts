// Conditions over what was done, as the lesson's pages carry them: the same rules as lessons/conditions.py.

export interface Row {
  label: string | null
  outcome: string // right, wrong, unknown; nothing where it was not asked before
}

export interface Event {
  verb: string
  application: string
  facts: Record<string, unknown>
  rows: Row[]
}

export interface FactTest {
  fact: string
  operator: '>=' | '<=' | '>' | '<' | '=' | 'corrected'
  value: string | number
}

export interface Condition {
  verb: string
  application: string | null
  tests: FactTest[]
  count: number
  then: Condition | null
}

const ROW_FACTS = ['label', 'outcome'] // of what was taught, row by row

/** Whether the events, oldest first, fulfil a condition. */
export function isMet(condition: Condition, events: Event[]): boolean {
  let amount = 0
  for (const [at, event] of events.entries()) {
    amount += amountOf(condition, event)
    if (amount >= condition.count) return condition.then === null || isMet(condition.then, events.slice(at + 1))
  }
  return false
}

/** How much of it was done. */
export function total(condition: Condition, events: Event[]): number {
  return events.reduce((sum, event) => sum + amountOf(condition, event), 0)
}

/** For how much an event counts: taught rows that pass, else one. */
function amountOf({ verb, application, tests }: Condition, event: Event): number {
  if (event.verb !== verb || (application !== null && application !== event.application)) return 0
  const [ofRows, ofEvent] = [tests.filter(isOfRow), tests.filter((test) => !isOfRow(test))]
  if (!ofEvent.every((test) => holds(test, event.facts[test.fact]))) return 0
  if (verb !== 'teach') return 1
  return event.rows.filter((row) => ofRows.every((test) => holds(test, row[test.fact as keyof Row]))).length
}

function isOfRow({ fact }: FactTest): boolean {
  return ROW_FACTS.includes(fact)
}

/** Whether a value passes; none and values of another type do not. */
function holds({ operator, value }: FactTest, given: unknown): boolean {
  const found = typeof given === 'boolean' ? Number(given) : given
  if ((typeof found === 'number') !== (typeof value === 'number')) return false
  if (operator === 'corrected') return found === 'wrong' || found === 'unknown'
  if (operator === '=') return found === value
  const [one, other] = [found as number, value as number]
  return { '>=': one >= other, '<=': one <= other, '>': one > other, '<': one < other }[operator]
}
