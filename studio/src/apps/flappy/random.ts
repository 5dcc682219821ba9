// The random numbers of NumPy's default generator, bit by bit, so that a seed means the same pipes here and there:
// SeedSequence and PCG64 (O'Neill 2014, XSL-RR on 128 bits), and Lemire's (2019) way to a number below a bound.

const MASK = (1n << 128n) - 1n
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n
const POOL = 4

/** The words a seed is spread over: `count` numbers of 32 bits. */
export function spread(entropy: readonly number[], count: number): Uint32Array {
  const pool = new Uint32Array(POOL)
  let constant = 0x43b0d7e5
  const hash = (value: number): number => {
    value = (value ^ constant) >>> 0
    constant = Math.imul(constant, 0x931e8875) >>> 0
    value = Math.imul(value, constant) >>> 0
    return (value ^ (value >>> 16)) >>> 0
  }
  const mix = (x: number, y: number): number => {
    const both = (Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715)) >>> 0
    return (both ^ (both >>> 16)) >>> 0
  }
  for (let at = 0; at < POOL; at++) pool[at] = hash(entropy[at] ?? 0)
  for (let from = 0; from < POOL; from++)
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mix(pool[to]!, hash(pool[from]!))
  return draw(pool, count)
}

function draw(pool: Uint32Array, count: number): Uint32Array {
  let constant = 0x8b51f9dd
  return Uint32Array.from({ length: count }, (_, at) => {
    let value = (pool[at % POOL]! ^ constant) >>> 0
    constant = Math.imul(constant, 0x58f38ded) >>> 0
    value = Math.imul(value, constant) >>> 0
    return (value ^ (value >>> 16)) >>> 0
  })
}

export class Random {
  #state: bigint
  #step: bigint
  #kept: number | undefined // a draw has 64 bits and serves two numbers

  /** At most four words of 32 bits, as `default_rng(seed)` or `default_rng([seed, 1])` take them. */
  constructor(...entropy: number[]) {
    const words = spread(entropy, 8)
    const wide = (at: number): bigint => (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]!)
    this.#step = ((((wide(4) << 64n) | wide(6)) << 1n) | 1n) & MASK
    this.#state = (this.#step + ((wide(0) << 64n) | wide(2))) & MASK
    this.#advance()
  }

  #advance(): void {
    this.#state = (this.#state * MULTIPLIER + this.#step) & MASK
  }

  #next(): number {
    if (this.#kept !== undefined) {
      const kept = this.#kept
      this.#kept = undefined
      return kept
    }
    this.#advance()
    const folded = BigInt.asUintN(64, (this.#state >> 64n) ^ this.#state)
    const turn = this.#state >> 122n
    const out = BigInt.asUintN(64, (folded >> turn) | (folded << (64n - turn)))
    this.#kept = Number(out >> 32n)
    return Number(out & 0xffffffffn)
  }

  /** A whole number from 0 to below `bound`, as `integers(0, bound)` draws it. */
  below(bound: number): number {
    const least = (2 ** 32 - bound) % bound
    for (;;) {
      const product = BigInt(this.#next()) * BigInt(bound)
      if (Number(product & 0xffffffffn) >= least) return Number(product >> 32n)
    }
  }
}
