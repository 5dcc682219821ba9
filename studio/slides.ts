// reveal.js for the slides of a lesson, which Pippin writes as one file: beside the pages, not part of them.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

const FOLDER = dirname(createRequire(import.meta.url).resolve('reveal.js/dist/reveal.js'))
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8')

/** `meet` is told of the module, so that its licence is among the notices. */
export function slides(meet: (module: string) => void): Plugin {
  return {
    name: 'slides',
    apply: 'build',
    generateBundle() {
      meet(join(FOLDER, 'reveal.js'))
      const script = read('reveal.js').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '')
      if (/<\/script|<!--/.test(script)) throw new Error('reveal.js cannot stand within a page.')
      this.emitFile({ type: 'asset', fileName: 'slides/reveal.js', source: script })
      this.emitFile({ type: 'asset', fileName: 'slides/reveal.css', source: read('reset.css') + read('reveal.css') })
    },
  }
}
