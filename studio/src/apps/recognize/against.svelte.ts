// Hand-made features beside the network, taught by the same corrections, and who was right before it was told.

import { runCommand, type Prediction } from '../../lib/api'
import { RequestOrders } from '../../lib/order'
import { toRequest, type PageInput, type Item } from '../../lib/session.svelte'

export type Answer = Pick<Prediction, 'answer' | 'confidence' | 'known' | 'alternatives'>

export interface Both {
  deep: Answer
  hand_made: Answer
  error: string | null
}

export interface Tally {
  of: number
  deep: number
  handMade: number
}

/** What both ways say to one image. */
export async function both(application: string, given: PageInput): Promise<Both> {
  const { values, files } = toRequest('image', [given])
  if (Array.isArray(values.image)) values.image = values.image[0]
  const answered = await runCommand<{ results: Both[] }>(application, 'hand-made', values, files)
  return answered.payload.results[0]!
}

export class Against {
  on = $state(false)
  answers = $state.raw<Record<number, Both>>({})
  tally = $state<Tally>({ of: 0, deep: 0, handMade: 0 })
  problem = $state<unknown>()
  #application: string
  #asked = new Set<string>()
  #untold = new Map<number, Both>() // answers to images that were not named yet
  #judged = new Set<number>()
  #orders = new RequestOrders<number>()

  constructor(application: string) {
    this.#application = application
  }

  /** Have the images of a page answered, each once after every correction or undo, of which `version` is the count. */
  async follow(items: Item[], version: number): Promise<void> {
    for (const item of items) {
      const key = `${item.id} after ${version}`
      if (!item.result || item.problem || this.#asked.has(key)) continue
      this.#asked.add(key)
      const isNewest = this.#orders.send(item.id)
      try {
        const found = await both(this.#application, item.given)
        if (!isNewest()) continue
        this.answers = { ...this.answers, [item.id]: found }
        // Asked before it was told, and not told meanwhile: only such an answer may be judged.
        if (untold(item)) this.#untold.set(item.id, found)
        this.problem = undefined
      } catch (problem) {
        this.problem = problem
      }
    }
  }

  /** Count who had named an image as its teacher does, before being told; an image counts once. */
  judge(item: Item): void {
    const found = this.#untold.get(item.id)
    const truth = item.target
    if (!found || this.#judged.has(item.id) || truth === undefined) return
    this.#judged.add(item.id)
    const right = (answer: Answer) => Number(answer.known && answer.answer === truth)
    const { of, deep, handMade } = this.tally
    this.tally = { of: of + 1, deep: deep + right(found.deep), handMade: handMade + right(found.hand_made) }
  }
}

function untold(item: Item): boolean {
  return !item.reply && !item.busy
}
