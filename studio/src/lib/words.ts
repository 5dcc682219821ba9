// Numbers, times and names as people read them.

/** An answer or another plain value as text. */
export function format(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'number') return String(Number.isInteger(value) ? value : round(value))
  return typeof value === 'string' ? value.replaceAll('_', ' ') : JSON.stringify(value)
}

/** A number to four digits, those before the point always kept: 14723.51 is 14724. */
function round(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4))
}

/** An answer as a person reads it: one about a row as its table writes it, else as words. */
export function label(answer: unknown, kind: string): string {
  return kind === 'record' && typeof answer === 'string' ? answer : format(answer)
}

/** A share of one as a percentage: 99.7 %, never 100 % where something is missing. */
export function percent(share: number): string {
  const hundred = share * 100
  if (hundred > 99.95 && share < 1) return '> 99.9 %'
  return `${hundred >= 99.5 || hundred < 10 ? hundred.toFixed(1) : hundred.toFixed(0)} %`.replace('.0 %', ' %')
}

/** A time: 0.4 s, 37 s, 2 min 3 s, 1 h 4 min. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** An amount of data: 512 B, 1.6 MB, 700 MB (1 kB is 1,000 B). */
export function bytes(amount: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  for (; amount >= 999.5 && unit < units.length - 1; unit++) amount /= 1000
  return `${unit > 0 && amount < 9.95 ? amount.toFixed(1) : amount.toFixed(0)} ${units[unit]}`
}

/** How many of what. */
export function pluralize(amount: number, noun: string): string {
  return amount === 1 ? `1 ${noun}` : `${amount.toLocaleString('en')} ${noun}s`
}

/** A name in code as words: save-as becomes save as. */
export function title(name: string): string {
  const words = name.replace(/_$/, '').replaceAll(/[_-]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Text with `code` between backticks, in parts. */
export function parts(text: string): { code: boolean; text: string }[] {
  return text
    .split(/`([^`]+)`/)
    .map((part, at) => ({ code: at % 2 === 1, text: part }))
    .filter((part) => part.text)
}

/** Seconds a training still takes, from the share of its steps that is done and the time it took. */
export function left(step: number, total: number, seconds: number): number | null {
  if (!(step > 0 && total >= step && seconds >= 0)) return null
  return (seconds / step) * (total - step)
}
