// What is learned from a few examples, in closed form: which label, how sure, and whether at all. The same steps and
// constants as pretrained/ridge_head.py and learn/softmax_sharpness.py; tests compare them number for number.

import { dot, type Matrix } from './matrix'
import { solve } from './ridge'

const NEIGHBOURS = 3
const [EXPECTED, SPREAD, SPREAD_PULL] = [0.6, 0.08, 2]
const NOVELTY_THRESHOLD = 1.1
const MAX_KEPT = 200
const [SHARPNESS, SHARPNESS_PULL, SHARPNESS_RANGE, NEWTON_STEPS] = [4.25, 3, 5, 30]

export interface Answer {
  label: string
  known: boolean
  shares: [string, number][] // all labels with their probabilities, likeliest first
  novelty: number
  nearest: number // which example is most like it
  likeness: number
}

export class Head {
  readonly labels: string[]
  #points: Float32Array[]
  #coefficients: Float64Array[] // [L,D]
  #intercepts: Float64Array
  #sharpness: number
  #expected: [number, number][] // likeness of a label's examples to their nearest: mean, deviation
  #kept: number[][] // of each label, the examples that likeness is measured to

  /** Learn from one example or more; `gram` holds the products of the points with one another. */
  constructor(points: Float32Array[], names: string[], gram: Matrix) {
    this.labels = [...new Set(names)].sort()
    const owners = names.map((name) => this.labels.indexOf(name))
    const rows = this.labels.map((_, label) => owners.flatMap((owner, at) => (owner === label ? [at] : [])))
    const { weights, intercepts, leftOut } = solve(gram, owners, this.labels.length)
    this.#points = points
    this.#coefficients = weights.map((row) => combine(row, points))
    this.#intercepts = intercepts
    this.#sharpness = fitSharpness(leftOut, owners)
    this.#kept = rows.map((own) => spaced(own))
    this.#expected = this.#kept.map((own) => expectedOf(own, gram))
  }

  answer(point: Float32Array): Answer {
    const scores = this.#coefficients.map((row, label) => this.#sharpness * (dot(point, row) + this.#intercepts[label]!))
    const chances = softmax(scores)
    const shares = this.labels.map((label, at): [string, number] => [label, chances[at]!]).sort((one, other) => other[1] - one[1])
    const likeness = this.#points.map((one) => dot(point, one))
    const novelties = this.#kept.map((own, label) => {
      const [mean, deviation] = this.#expected[label]!
      return (mean - meanOfNearest(own.map((at) => likeness[at]!))) / deviation
    })
    const novelty = Math.min(...novelties)
    const nearest = likeness.indexOf(Math.max(...likeness))
    return { label: shares[0]![0], known: novelty <= NOVELTY_THRESHOLD, shares, novelty, nearest, likeness: likeness[nearest]! }
  }
}

function combine(weights: Float64Array, points: Float32Array[]): Float64Array {
  const sum = new Float64Array(points[0]!.length)
  points.forEach((point, at) => {
    const weight = weights[at]!
    if (weight) for (let n = 0; n < sum.length; n++) sum[n]! += weight * point[n]!
  })
  return sum
}

function softmax(scores: number[]): number[] {
  const most = Math.max(...scores)
  const raised = scores.map((one) => Math.exp(one - most))
  const sum = raised.reduce((all, one) => all + one, 0)
  return raised.map((one) => one / sum)
}

/** The mean of the three largest, or of all where there are fewer. */
function meanOfNearest(likeness: number[], count = NEIGHBOURS): number {
  const best = [...likeness].sort((one, other) => other - one).slice(0, count)
  return best.reduce((sum, one) => sum + one, 0) / best.length
}

/** How alike a label's examples are: mean and deviation, with what is typical mixed in. */
function expectedOf(own: number[], gram: Matrix): [number, number] {
  const near = own.length > 1 ? own.map((one) => meanOfNearest(own.filter((other) => other !== one).map((other) => gram[one]![other]!))) : []
  const count = near.length
  const mean = count ? near.reduce((sum, one) => sum + one, 0) / count : 0
  const variance = count ? near.reduce((sum, one) => sum + (one - mean) ** 2, 0) / count : 0
  return [
    (count * mean + SPREAD_PULL * EXPECTED) / (count + SPREAD_PULL),
    Math.sqrt((count * variance + SPREAD_PULL * SPREAD ** 2) / (count + SPREAD_PULL)),
  ]
}

/** At most MAX_KEPT of a label's examples, evenly spaced. */
function spaced(own: number[]): number[] {
  if (own.length <= MAX_KEPT) return own
  return Array.from({ length: MAX_KEPT }, (_, at) => own[Math.round((at * (own.length - 1)) / (MAX_KEPT - 1))]!)
}

/** The softmax's factor that makes the left-out examples likeliest, drawn towards what is usual (Newton). */
export function fitSharpness(leftOut: Matrix, owners: number[]): number {
  const labels = leftOut[0]!.length
  const [usual, pull] = [SHARPNESS * Math.sqrt(labels), SHARPNESS_PULL * labels]
  const tested = owners.flatMap((owner, at) => (owners.filter((one) => one === owner).length > 1 ? [at] : []))
  const behind = tested.map((at) => {
    const best = leftOut[at]!.reduce((one, other) => Math.max(one, other), -Infinity)
    return leftOut[at]!.map((value) => value - best)
  })
  const right = behind.reduce((sum, row, at) => sum + row[owners[tested[at]!]!]!, 0)
  let [low, high, log] = [-Math.log(SHARPNESS_RANGE), Math.log(SHARPNESS_RANGE), 0]
  for (let round = 0; round < NEWTON_STEPS; round++) {
    const factor = usual * Math.exp(log)
    let [means, variance] = [0, 0]
    for (const row of behind) {
      const shares = row.map((value) => Math.exp(factor * value))
      const sum = shares.reduce((all, one) => all + one, 0)
      const mean = dot(shares, row) / sum
      means += mean
      variance += row.reduce((all, value, at) => all + (shares[at]! / sum) * value * value, 0) - mean * mean
    }
    const missing = factor * (right - means)
    const slope = 2 * pull * log - missing
    if (slope < 0) low = log
    else high = log
    let step = log - slope / Math.max(2 * pull - missing + factor ** 2 * variance, 1e-9)
    if (!(low < step && step < high)) step = (low + high) / 2
    const moved = Math.abs(step - log)
    log = step
    if (moved < 1e-4) break
  }
  return usual * Math.exp(log)
}
