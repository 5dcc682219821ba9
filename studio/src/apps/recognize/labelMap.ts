// What the model in use knows, as the application's `map` tells it, and where that lies on a page.

export interface Place {
  x: number
  y: number
}

export interface Point extends Place {
  key: string
  label: string
  name: string
  lesson: number | null
}

export interface Tree {
  label?: string
  labels?: string[]
  likeness?: number
  parts?: Tree[]
}

export interface LabelMap {
  labels: (Place & { label: string; examples: number })[]
  points: Point[]
  guests: Place[]
  tree: Tree
  pictures: Record<string, string>
  left_out: number
}

const STRETCHED = 1.7 // at most: the axes mean nothing, what lies near what does

/** A function from places to pixels, so that all `places` fill a frame, stretched a little where it is wide. */
export function fitToBox(places: Place[], width: number, height: number, margin: number): (place: Place) => Place {
  const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)]
  const middle = (values: number[]) => (Math.min(...values) + Math.max(...values)) / 2
  const span = (values: number[]) => Math.max(1e-6, Math.max(...values) - Math.min(...values))
  const room = (whole: number) => Math.max(1, whole - 2 * margin)
  if (places.length < 2) return ({ x, y }) => ({ x: width / 2 + x - (places[0]?.x ?? x), y: height / 2 + y - (places[0]?.y ?? y) })
  const [wide, high] = [room(width) / span(xs), room(height) / span(ys)]
  const most = Math.min(wide, high) * STRETCHED
  const [along, down] = [Math.min(wide, most), Math.min(high, most)]
  const [x, y] = [middle(xs), middle(ys)]
  return (place) => ({ x: width / 2 + (place.x - x) * along, y: height / 2 + (place.y - y) * down })
}

/** Labels moved up and down until none lies on another; `wide` tells how much room the text of one takes. */
export function separate<T extends Place>(labels: T[], wide: (label: T) => number, high: number): T[] {
  const moved = labels.map((label) => ({ ...label }))
  for (let round = 0; round < 30; round++) {
    for (const [at, one] of moved.entries()) {
      for (const other of moved.slice(at + 1)) {
        const apart = other.y - one.y
        if (Math.abs(one.x - other.x) >= (wide(one) + wide(other)) / 2 || Math.abs(apart) >= high) continue
        const step = ((high - Math.abs(apart)) / 2) * (apart < 0 ? -1 : 1)
        one.y -= step
        other.y += step
      }
    }
  }
  return moved
}

/** The point nearest to a place, of those no further than `reach`. */
export function nearest<T extends Place>(points: T[], place: Place, reach: number): T | undefined {
  let [best, found] = [reach * reach, undefined as T | undefined]
  for (const point of points) {
    const apart = (point.x - place.x) ** 2 + (point.y - place.y) ** 2
    if (apart <= best) [best, found] = [apart, point]
  }
  return found
}

/** The lessons that were not there before; of what is seen for the first time, the last. */
export function fresh(before: Point[] | undefined, now: Point[]): Set<string> {
  const lessons = now.filter((point) => point.lesson !== null)
  if (!before) return new Set(lessons.sort((a, b) => b.lesson! - a.lesson!).slice(0, 1).map(({ key }) => key))
  const known = new Set(before.map(({ lesson }) => lesson))
  return new Set(lessons.filter(({ lesson }) => !known.has(lesson)).map(({ key }) => key))
}

/** From a label outward: the labels it is joined with at each step, and how alike they are. */
export function kin(tree: Tree, label: string): { labels: string[]; likeness: number }[] {
  if (!tree.parts?.length) return []
  const branch = tree.parts.find((part) => members(part).includes(label))
  if (!branch) return []
  const others = tree.parts.filter((part) => part !== branch).flatMap(members)
  return [...kin(branch, label), { labels: others, likeness: tree.likeness ?? 0 }]
}

export function members(tree: Tree): string[] {
  return tree.labels ?? (tree.label === undefined ? [] : [tree.label])
}

export interface Branch {
  tree: Tree
  at: number // across, in rows of leaves
  from: number // how deep it is joined to what is above it, 0 to 1
  to: number // how deep its branch parts are joined; of a leaf 1
  parts: Branch[]
}

/** A tree laid out to be drawn: leaves one below the other, joined the further left the less alike they are. */
export function layOut(tree: Tree): Branch {
  const least = Math.min(0, tree.likeness ?? 0)
  let row = 0
  const depth = (one: Tree) => (one.parts ? Math.min(0.92, ((one.likeness ?? 0) - least) / (1 - least)) : 1)
  const branch = (one: Tree, from: number): Branch => {
    const to = Math.max(from, depth(one))
    const parts = (one.parts ?? []).map((part) => branch(part, to))
    return { tree: one, at: parts.length ? (parts[0]!.at + parts.at(-1)!.at) / 2 : row++, from, to, parts }
  }
  return branch(tree, 0)
}

export function flat(branch: Branch): Branch[] {
  return [branch, ...branch.parts.flatMap(flat)]
}
