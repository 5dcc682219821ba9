// The little linear algebra that the head needs: matrices as arrays of rows.

export type Matrix = Float64Array[]

export function zeros(rows: number, columns: number): Matrix {
  return Array.from({ length: rows }, () => new Float64Array(columns))
}

export function dot(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < one.length; at++) sum += one[at]! * other[at]!
  return sum
}

/** The lower triangle L of a symmetric positive definite matrix, L L' (Cholesky). */
export function cholesky(matrix: Matrix): Matrix {
  const lower = zeros(matrix.length, matrix.length)
  for (let row = 0; row < matrix.length; row++)
    for (let column = 0; column <= row; column++) {
      const [one, other] = [lower[row]!, lower[column]!]
      let sum = matrix[row]![column]!
      for (let at = 0; at < column; at++) sum -= one[at]! * other[at]!
      one[column] = row === column ? Math.sqrt(sum) : sum / other[column]!
    }
  return lower
}

/** x of L x = b. */
export function forward(lower: Matrix, right: ArrayLike<number>): Float64Array {
  const found = new Float64Array(lower.length)
  for (let row = 0; row < lower.length; row++) {
    let sum = right[row]!
    for (let at = 0; at < row; at++) sum -= lower[row]![at]! * found[at]!
    found[row] = sum / lower[row]![row]!
  }
  return found
}

/** x of L' x = b. */
export function backward(lower: Matrix, right: ArrayLike<number>): Float64Array {
  const found = Float64Array.from(right)
  for (let row = lower.length - 1; row >= 0; row--) {
    found[row]! /= lower[row]![row]!
    for (let at = 0; at < row; at++) found[at]! -= lower[row]![at]! * found[row]!
  }
  return found
}

/** The inverse of a square matrix (Gauss and Jordan, with pivots). */
export function inverse(matrix: Matrix): Matrix {
  const size = matrix.length
  const work = matrix.map((row, at) => Float64Array.from({ length: 2 * size }, (_, column) => (column < size ? row[column]! : Number(column - size === at))))
  for (let step = 0; step < size; step++) {
    let best = step
    for (let row = step + 1; row < size; row++) if (Math.abs(work[row]![step]!) > Math.abs(work[best]![step]!)) best = row
    ;[work[step], work[best]] = [work[best]!, work[step]!]
    const pivot = work[step]![step]!
    for (let column = 0; column < 2 * size; column++) work[step]![column]! /= pivot
    for (let row = 0; row < size; row++) {
      const factor = work[row]![step]!
      if (row === step || factor === 0) continue
      for (let column = 0; column < 2 * size; column++) work[row]![column]! -= factor * work[step]![column]!
    }
  }
  return work.map((row) => row.slice(size))
}

export function product(one: Matrix, other: Matrix): Matrix {
  return one.map((row) => {
    const found = new Float64Array(other[0]?.length ?? 0)
    for (let at = 0; at < row.length; at++) for (let column = 0; column < found.length; column++) found[column]! += row[at]! * other[at]![column]!
    return found
  })
}

export function meanOfRows(matrix: Matrix): Float64Array {
  const mean = new Float64Array(matrix[0]?.length ?? 0)
  for (const row of matrix) for (let at = 0; at < mean.length; at++) mean[at]! += row[at]! / matrix.length
  return mean
}
