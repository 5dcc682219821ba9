// A run's log as columns to draw: one chart for each number that is told more than once.

export type LogLine = Record<string, number | string | null>

export interface Series {
  name: string
  x: number[]
  y: number[]
}

/** Lines that share both axes. */
export interface ChartData {
  title: string
  x: string // what runs along the axis, with its unit
  y: string
  lines: Series[]
}

// These are one quantity, measured on other examples.
const HELD_OUT: Record<string, string> = { held_out_loss: 'loss' }
const WORDS: Record<string, string> = { loss: 'Loss', held_out_loss: 'Held-out loss', score: 'Score of training games', entropy: 'Entropy of decisions' }

/** A log as charts: one for each quantity, its held-out twin in the same. */
export function charts(lines: LogLine[], steps = 'training steps'): ChartData[] {
  const found = columns(lines)
  const stepped = lines.some((line) => typeof line.step === 'number')
  return found
    .filter((series) => !HELD_OUT[series.name] || !found.some((other) => other.name === HELD_OUT[series.name]))
    .map((series) => {
      const twins = found.filter((other) => HELD_OUT[other.name] === series.name)
      const title = WORDS[series.name] ?? words(series.name)
      return { title, x: stepped ? steps : 'entries of the log', y: title.toLowerCase(), lines: [series, ...twins] }
    })
}

function words(name: string): string {
  const text = name.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const MOST = 600 // points a chart can show; more cost time and tell nothing
const BESIDE = new Set(['step', 'total', 'seconds', 'epoch', 'done', 'of'])

/** The numbers of a log over its steps, or over time where it names no steps. */
export function columns(lines: LogLine[]): Series[] {
  const found = new Map<string, Series>()
  for (const [at, line] of lines.entries()) {
    const x = typeof line.step === 'number' ? line.step : at
    for (const [name, value] of Object.entries(line)) {
      if (BESIDE.has(name) || typeof value !== 'number' || !Number.isFinite(value)) continue
      const series = found.get(name) ?? { name, x: [], y: [] }
      found.set(name, series)
      if (series.x.length && x <= series.x.at(-1)!) continue // what a resumed training tells once more
      series.x.push(x)
      series.y.push(value)
    }
  }
  return [...found.values()].filter((series) => series.x.length > 1).map((series) => downsample(series))
}

/** At most so many points: each the mean of those it stands for. */
export function downsample(series: Series, most = MOST): Series {
  const size = Math.ceil(series.x.length / most)
  if (size < 2) return series
  const x: number[] = []
  const y: number[] = []
  for (let at = 0; at < series.x.length; at += size) {
    const some = series.y.slice(at, at + size)
    x.push(series.x[Math.min(at + size, series.x.length) - 1]!)
    y.push(some.reduce((sum, value) => sum + value, 0) / some.length)
  }
  return { ...series, x, y }
}
