// Features ticked by hand: what they tell apart, one image left out at a time, as classical/ticked_features.py does.

export interface Ticked {
  image: string
  label: string
  address: string
}

/** What the command `tick` says of all images. */
export interface Outcome {
  ticked: number
  right: number
  network_right: number
  minutes: number | null
  seconds: number
  results: { image: string; label: string; by_hand: string; by_network: string }[]
}

export const UNSURE = '' // where two labels are equally near
const LEVEL = 1e-9

/** Ticks as the command takes them: "apple 1: round red, banana 1:". */
export function write(images: { image: string }[], ticks: Record<string, string[]>): string {
  return images.map(({ image }) => `${image}: ${(ticks[image] ?? []).join(' ')}`.trim()).join(', ')
}

/** The label of each image whose other images' mean ticks are nearest. */
export function nameByTicks(rows: number[][], labels: string[]): string[] {
  return labels.map((_, at) => nearest(rows, labels, at))
}

function nearest(rows: number[][], labels: string[], leftOut: number): string {
  const distances = [...new Set(labels)].sort().map((label): [string, number] => {
    const own = rows.filter((_, at) => labels[at] === label && at !== leftOut)
    if (!own.length) return [label, Infinity]
    const apart = rows[leftOut]!.map((value, feature) => own.reduce((sum, row) => sum + row[feature]!, 0) / own.length - value)
    return [label, apart.reduce((sum, one) => sum + one * one, 0)]
  })
  const best = Math.min(...distances.map(([, distance]) => distance))
  const near = distances.filter(([, distance]) => distance <= best + LEVEL)
  return near.length === 1 ? near[0]![0] : UNSURE
}
