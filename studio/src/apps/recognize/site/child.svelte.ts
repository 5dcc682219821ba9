// The child of the lesson: it knows nothing but what it is told here, and says so.

import type { DeskFiles, DeskReader } from '../../../site/files'
import { Head, type Answer } from './head'
import { dot, type Matrix } from './matrix'
import { keyOf, Network, readSquare, type Sight } from './network'
import { solve } from './ridge'

const MOST = 600 // images; the sums of one lesson grow with their square

/** One lesson: an image, and what it was called. */
interface Taught {
  key: string
  name: string
  label: string
  batch: number
  point: Float32Array<ArrayBuffer>
}

export interface Picture {
  name: string
  label: string // what it is, where that is known
  address: string
  file: () => Promise<Blob>
}

export interface Told {
  answer: Answer | undefined // none where it knows no word yet
  isTaught: boolean // this very image was among those it was taught
  likeName: string // the taught image most like it
  guesses: Sight['guesses']
}

export class Child {
  readonly network: Network
  readonly pictures: Picture[]
  taught = $state.raw<Taught[]>([])
  #reader: DeskReader
  #application: string
  #head: Head | undefined
  #names: string[] = [] // of the examples the head was fitted to
  #labels = new Map<string, string>() // the last word on each image
  #sights = new Map<string, Sight>()
  #products = new Map<string, Float64Array>() // of points with one another, by both keys' places

  constructor(network: Network, reader: DeskReader, application: string, pictures: Picture[]) {
    this.network = network
    this.#reader = reader
    this.#application = application
    this.pictures = pictures
  }

  /** How many images of each label it was shown that still stand. */
  get counts(): [string, number][] {
    const counts = new Map<string, number>()
    for (const { label } of this.taught) counts.set(label, (counts.get(label) ?? 0) + 1)
    return [...counts].sort(([one], [other]) => (one < other ? -1 : 1))
  }

  async remember(): Promise<void> {
    this.taught = (await this.#reader.kept<Taught[]>(this.#application)) ?? []
    this.#fit()
  }

  async look(picture: Picture): Promise<{ key: string; sight: Sight }> {
    const file = await picture.file()
    const key = await keyOf(file)
    const sight = this.#sights.get(key) ?? (await this.network.see(await readSquare(file)))
    this.#sights.set(key, sight)
    return { key, sight }
  }

  async ask(picture: Picture): Promise<Told> {
    const { key, sight } = await this.look(picture)
    const own = this.#labels.get(key)
    let answer = this.#head?.answer(sight.point)
    if (answer && own !== undefined) answer = { ...answer, label: own, known: true, shares: [[own, 1], ...answer.shares.filter(([label]) => label !== own)] }
    return { answer, isTaught: own !== undefined, likeName: answer ? this.#names[answer.nearest]! : '', guesses: sight.guesses }
  }

  /** Tell it what images are; `tell` hears how many it has looked at. */
  async teach(pictures: Picture[], word: string, tell?: (done: number) => void): Promise<void> {
    const label = word.trim().slice(0, 80)
    if (!label) throw new Error('Say what it is: a word.')
    if (this.taught.length + pictures.length > MOST) throw new Error(`It holds ${MOST} images here; take some back, or install Pippin.`)
    const seen = []
    for (const picture of pictures) {
      const told = await this.ask(picture)
      seen.push({ ...(await this.look(picture)), name: picture.name, outcome: outcomeOf(told, label) })
      tell?.(seen.length)
    }
    const batch = (this.taught.at(-1)?.batch ?? 0) + 1
    this.taught = [...this.taught, ...seen.map(({ key, sight, name }) => ({ key, name, label, batch, point: sight.point }))]
    this.#fit()
    await this.#reader.keep(this.#application, this.taught)
    await this.#reader.add('teach', this.#application, { batch, taught: seen.length }, seen.map(({ outcome }) => ({ label, outcome })))
  }

  /** Take the last lesson back; what it taught counts no more, here and in the points. */
  async undo(): Promise<void> {
    const batch = this.taught.at(-1)?.batch
    if (batch === undefined) return
    this.taught = this.taught.filter((one) => one.batch !== batch)
    this.#fit()
    await this.#reader.keep(this.#application, this.taught)
    await this.#reader.takeBack(this.#application, batch)
  }

  /** Learn all of it: the last word on each image counts, in the order in which they were said. */
  #fit(): void {
    const last = new Map<string, Taught>()
    for (const one of this.taught) {
      last.delete(one.key)
      last.set(one.key, one)
    }
    const examples = [...last.values()]
    this.#labels = new Map(examples.map(({ key, label }) => [key, label]))
    this.#names = examples.map(({ name }) => name)
    const points = examples.map(({ point }) => point)
    this.#head = examples.length ? new Head(points, examples.map(({ label }) => label), this.#gram(examples)) : undefined
  }

  #gram(examples: Taught[]): Matrix {
    const known = this.#products
    return examples.map((one, row) => Float64Array.from(examples, (other, column) => {
      const name = row < column ? `${one.key} ${other.key}` : `${other.key} ${one.key}`
      let value = known.get(name)
      if (!value) known.set(name, (value = Float64Array.of(dot(one.point, other.point))))
      return value[0]!
    }))
  }
}

/** What it would have said: nothing, where it knew no word at all. */
function outcomeOf({ answer }: Told, label: string): string {
  if (!answer) return ''
  if (!answer.known) return 'unknown'
  return answer.label === label ? 'right' : 'wrong'
}

/** The label the network gives each of the child's images after it was taught the others; it looks once more. */
export async function nameByNetwork({ network, pictures }: Child, names: string[], labels: string[]): Promise<string[]> {
  const points: Float32Array[] = []
  for (const name of names) {
    const picture = pictures.find((one) => one.name === name)!
    points.push((await network.see(await readSquare(await picture.file()))).point)
  }
  const known = [...new Set(labels)].sort()
  const gram = points.map((row) => Float64Array.from(points, (other) => dot(row, other)))
  const { leftOut } = solve(gram, labels.map((label) => known.indexOf(label)), known.length)
  return leftOut.map((row) => known[row.indexOf(Math.max(...row))]!)
}

let opened: Promise<Child> | undefined

/** One child for all places of a page. */
export function openChild(files: DeskFiles, reader: DeskReader, application: string, tell: (got: number, all: number) => void): Promise<Child> {
  opened ??= wake(files, reader, application, tell).catch((problem) => {
    opened = undefined // it may be asked for again
    throw problem
  })
  return opened
}

async function wake(files: DeskFiles, reader: DeskReader, application: string, tell: (got: number, all: number) => void): Promise<Child> {
  const network = await Network.open(files, application, tell)
  const pictures = network.about.images.map(async ({ label, file }): Promise<Picture> => ({
    name: file,
    label,
    address: await files.image(application, file),
    file: async () => new Blob([await files.get(application, file)]),
  }))
  const child = new Child(network, reader, application, await Promise.all(pictures))
  await child.remember()
  files.keepOffline()
  return child
}
