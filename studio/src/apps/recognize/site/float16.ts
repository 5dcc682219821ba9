// Numbers in half precision (IEEE 754 binary16): read from a file, and rounded to as points are kept.

const TABLE = Float32Array.from({ length: 2 ** 16 }, (_, bits) => {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
})

/** The numbers that lie in bytes. */
export function decode(bytes: ArrayBuffer): Float32Array<ArrayBuffer> {
  const halves = new Uint16Array(bytes)
  const found = new Float32Array(halves.length)
  for (let at = 0; at < halves.length; at++) found[at] = TABLE[halves[at]!]!
  return found
}

/** The nearest number of half precision, halves to even. */
export function round(value: number): number {
  const size = Math.abs(value)
  if (!(size < 65520)) return value
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(size || 1e-30))) - 10)
  const whole = size / step
  const below = Math.floor(whole)
  const rest = whole - below
  return Math.sign(value) * (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below) * step
}
