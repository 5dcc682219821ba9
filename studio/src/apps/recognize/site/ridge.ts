// Ridge regression from points to labels, every label weighing the same: learn/label_ridge.py, with the points' products
// with one another (`gram`) in place of the points, since there are fewer examples than numbers in a point.

import { backward, cholesky, dot, forward, inverse, meanOfRows, product, zeros, type Matrix } from './matrix'

const STRENGTH = 1 // the penalty, of the points' variance
const STEPS = 2 // to a doubling of the variance

export interface Solution {
  weights: Matrix // [L,N]: a label's score of a point is the sum of weights times products with the examples
  intercepts: Float64Array // [L]
  leftOut: Matrix // [N,L]: each example's scores without it
}

interface Parts {
  owners: number[]
  counts: number[]
  raw: Matrix // [L,L] means times inverse times means
  own: Float64Array // [N] each point's product with itself, the inverse between
  cross: Matrix // [N,L] of each point with each mean
}

export function solve(gram: Matrix, owners: number[], labels: number): Solution {
  const size = owners.length
  if (labels === 1) // nothing to tell apart
    return { weights: zeros(1, size), intercepts: Float64Array.of(1), leftOut: owners.map(() => Float64Array.of(1)) }
  const counts = Array.from({ length: labels }, (_, label) => owners.filter((owner) => owner === label).length)
  const toMeans = zeros(labels, size) // products of means and points
  owners.forEach((owner, example) => {
    for (let at = 0; at < size; at++) toMeans[owner]![at]! += gram[example]![at]! / counts[owner]!
  })
  const means = zeros(labels, labels) // of means with one another
  for (const row of means.keys()) owners.forEach((owner, at) => (means[row]![owner]! += toMeans[row]![at]! / counts[owner]!))
  const penalty = penaltyOf(gram, means, counts)
  const within = gram.map((row, i) => row.map((value, j) =>
    value - toMeans[owners[i]!]![j]! - toMeans[owners[j]!]![i]! + means[owners[i]!]![owners[j]!]! + (i === j ? penalty : 0)))
  const lower = cholesky(within)
  const ofMeans = toMeans.map((row, label) => row.map((value, at) => value - means[label]![owners[at]!]!))
  const solved = ofMeans.map((row) => backward(lower, forward(lower, row)))
  const across = gram.map((row, i) => row.map((value, j) => value - toMeans[owners[j]!]![i]!))
  const raw = means.map((row, one) => row.map((value, other) => (value - dot(ofMeans[one]!, solved[other]!)) / penalty))
  const cross = across.map((row, at) => Float64Array.from(solved, (by, label) => (toMeans[label]![at]! - dot(row, by)) / penalty))
  const own = Float64Array.from(across, (row, at) => {
    const half = forward(lower, row)
    return (gram[at]![at]! - dot(half, half)) / penalty
  })
  const spread = solved.map((row, label) => { // the means times the inverse, as sums of examples
    const byOwner = new Float64Array(labels)
    owners.forEach((owner, at) => (byOwner[owner]! += row[at]! / counts[owner]!))
    return row.map((value, at) => ((owners[at] === label ? 1 / counts[label]! : 0) - value + byOwner[owners[at]!]!) / penalty)
  })
  const middle = meanOfRows(spread)
  const between = centred(raw)
  const system = ridged(between, labels / size)
  const weights = product(inverse(system), spread.map((row) => row.map((value, at) => value - middle[at]!)))
  const toMiddle = meanOfRows(toMeans)
  const intercepts = Float64Array.from(weights, (row) => 1 / labels - dot(row, toMiddle))
  return { weights, intercepts, leftOut: leaveOut(between, { owners, counts, raw, own, cross }) }
}

/** The ridge for the examples' variance, every label weighing the same. */
function penaltyOf(gram: Matrix, means: Matrix, counts: number[]): number {
  const squares = gram.reduce((sum, row, at) => sum + row[at]!, 0)
  const ofMeans = means.map((row, at) => row[at]!)
  const within = Math.max(0, squares - dot(counts, ofMeans))
  const middle = means.reduce((sum, row) => sum + row.reduce((all, one) => all + one, 0), 0) / counts.length ** 2
  const between = ofMeans.reduce((sum, one) => sum + one, 0) - counts.length * middle
  const variance = within / Math.max(1, gram.length) + between / counts.length
  return STRENGTH * 2 ** (Math.round(STEPS * Math.log2(Math.max(variance, 1e-6))) / STEPS)
}

/** Less the means of columns, then of rows. */
function centred(matrix: Matrix): Matrix {
  const columns = meanOfRows(matrix)
  return matrix.map((row) => {
    const less = row.map((value, at) => value - columns[at]!)
    const mean = less.reduce((sum, one) => sum + one, 0) / less.length
    return less.map((value) => value - mean)
  })
}

function ridged(matrix: Matrix, amount: number): Matrix {
  return matrix.map((row, at) => row.map((value, column) => value + (at === column ? amount : 0)))
}

/** Each example's scores by the solution without it: two outer products change (Woodbury), so does each system. */
function leaveOut(between: Matrix, { owners, counts, raw, own, cross }: Parts): Matrix {
  const [size, labels] = [owners.length, counts.length]
  const inner = inverse(ridged(between, labels / (size - 1)))
  const columns = meanOfRows(inner)
  const byShifts = inner.map((row) => row.map((value, at) => value - columns[at]!))
  return owners.map((owner, at) => {
    const shift = Float64Array.from({ length: labels }, (_, label) => Number(label === owner) - 1 / labels)
    if (counts[owner] === 1) return shift.map((value) => value + 1 / labels)
    const fewer = counts[owner]! - 1
    const q = own[at]! - 2 * cross[at]![owner]! + raw[owner]![owner]!
    const r = cross[at]!.map((value, label) => value - raw[owner]![label]!)
    const mean = r.reduce((sum, one) => sum + one, 0) / labels
    r.forEach((value, label) => (r[label] = value - mean))
    const gamma = (fewer + 1) / fewer
    const beta = gamma / Math.max(1 - gamma * q, 1e-6)
    const rOwn = r[owner]!
    const rNew = r.map((value, label) => value - shift[label]! * (q / fewer))
    const nearer = 1 + 1 / (labels * fewer)
    const factor = nearer + beta * (nearer * q + rOwn)
    const along = rNew.map((value, label) => factor * value + between[owner]![label]! - shift[label]! * (rOwn / fewer))
    const byShift = byShifts[owner]!
    const [byR, scores] = product([rNew, along], inner) as [Float64Array, Float64Array]
    const [first, mixed] = [-q / fewer ** 2, -1 / fewer]
    const [ss, sr, rr] = [dot(shift, byShift), dot(shift, byR), dot(rNew, byR)]
    const [rightS, rightR] = [dot(byShift, along), dot(byR, along)]
    const [a, b, c, d] = [1 + ss * first + sr * mixed, ss * mixed + sr * beta, sr * first + rr * mixed, 1 + sr * mixed + rr * beta]
    const [foundS, foundR] = [(d * rightS - b * rightR) / (a * d - b * c), (a * rightR - c * rightS) / (a * d - b * c)]
    return scores.map((value, label) =>
      value + 1 / labels - byShift[label]! * (first * foundS + mixed * foundR) - byR[label]! * (mixed * foundS + beta * foundR))
  })
}
