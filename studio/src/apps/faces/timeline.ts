// A person's faces by the year in which they were taken.

import type { Face } from './album.svelte'

export interface Year {
  year: string // "" where it is not known
  faces: Face[]
}

/** Faces by year, the earliest first; those without a date come last. */
export function groupByYear(faces: readonly Face[]): Year[] {
  const years = new Map<string, Face[]>()
  for (const face of faces) {
    const year = /^\d{4}/.exec(face.taken ?? '')?.[0] ?? ''
    years.set(year, [...(years.get(year) ?? []), face])
  }
  return [...years].map(([year, found]) => ({ year, faces: found })).sort((one, other) => (one.year || '9999').localeCompare(other.year || '9999'))
}

/** The box between two corners, as fractions within the photograph; undefined where it is too small to be meant. */
export function boxBetween(one: readonly [number, number], other: readonly [number, number]): { x: number; y: number; width: number; height: number } | undefined {
  const limit = (value: number): number => Math.min(1, Math.max(0, value))
  const [left, right] = [limit(Math.min(one[0], other[0])), limit(Math.max(one[0], other[0]))]
  const [top, bottom] = [limit(Math.min(one[1], other[1])), limit(Math.max(one[1], other[1]))]
  const box = { x: left, y: top, width: right - left, height: bottom - top }
  return box.width > 0.01 && box.height > 0.01 ? box : undefined
}

/** A path's last part. */
export function fileName(path: string | null): string {
  return path?.split(/[/\\]/).at(-1) ?? 'a photograph that is gone'
}
