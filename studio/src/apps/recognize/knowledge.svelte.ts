// What the model in use knows, asked for again after every correction; where an image that was not taught would lie.

import { runCommand } from '../../lib/api'
import { toRequest, type PageInput } from '../../lib/session.svelte'
import { fresh, type LabelMap } from './labelMap'

export class Knowledge {
  known = $state.raw<LabelMap>()
  images = $state.raw<Record<string, string>>({})
  fresh = $state.raw(new Set<string>())
  problem = $state<unknown>()
  as = $state('map') // or tree
  #application: string
  #wanted: { given: PageInput | undefined } | undefined
  #busy = false
  #missed = new Set<string>() // images that were asked for once and are not there

  constructor(application: string) {
    this.#application = application
  }

  /** Ask for the map, with an image on it; while an answer is awaited, only the last wish counts. */
  async refresh(given?: PageInput): Promise<void> {
    this.#wanted = { given }
    if (this.#busy) return
    this.#busy = true
    try {
      while (this.#wanted) {
        const wanted: PageInput | undefined = this.#wanted.given
        this.#wanted = undefined
        await this.#ask(wanted)
      }
      this.problem = undefined
    } catch (problem) {
      this.problem = problem
    } finally {
      this.#busy = false
    }
  }

  async #ask(given?: PageInput): Promise<void> {
    const { values, files } = toRequest('image', given ? [given] : [])
    if (Array.isArray(values.image)) values.image = values.image[0]
    const { payload } = await runCommand<LabelMap>(this.#application, 'map', values, files)
    const news = fresh(this.known?.points, payload.points)
    this.known = payload
    if (news.size) this.fresh = news
    const lacking = payload.points.filter(({ key, lesson }) => lesson !== null && !this.images[key] && !this.#missed.has(key))
    if (!lacking.length) return
    for (const { key } of lacking) this.#missed.add(key)
    const first = Math.min(...lacking.map(({ lesson }) => lesson!))
    const images = payload.points.filter(({ lesson }) => lesson !== null && lesson >= first).length
    const shown = await runCommand<LabelMap>(this.#application, 'map', { images })
    this.images = { ...this.images, ...shown.payload.pictures }
  }
}
