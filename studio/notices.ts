// The licence notices of every package that is built into the pages, as one file beside them.
// A package that says nothing of its licence ends the build.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

// Has a library of its own built in already; and a sentence on what no package of npm tells.
const WITHIN: Record<string, string[]> = { 'onnxruntime-web': ['onnxruntime-common'] }
const BESIDE = `The machine code of ONNX Runtime (onnx-runtime*.gz) is made of further libraries. Their notices come with the Python
package onnxruntime, which Pippin needs: the file ThirdPartyNotices.txt in its folder.`
const MIT = readFileSync(new URL('./mit.txt', import.meta.url), 'utf8').trim()

/** The root of the package a module lies in, or nothing where it is one of ours. */
export function rootOf(module: string): string | undefined {
  const found = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module.replaceAll('\\', '/').replace(/^\0/, ''))
  return found?.[1]
}

/** What a package says of its licence: its own file, or its word for it with whom it names. */
export function notice(root: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const file = readdirSync(root).find((one) => /^(licen[cs]e|copying)(\.\w+)?$/i.test(one))
  const text = file ? readFileSync(join(root, file), 'utf8').trim() : license === 'MIT' ? `${holder(root)}\n\n${MIT}` : ''
  if (!license || !text) throw new Error(`${name} tells no licence; it cannot be built into the pages.`)
  return `${name} ${version} (${license})\n\n${text}\n`
}

/** Whose a package without a licence file is, by the head of its code. */
function holder(root: string): string {
  for (const file of (readdirSync(root, { recursive: true }) as string[]).sort()) {
    const found = /\.(m?js|ts)$/.test(file) && /Copyright \(c\)[^\n*]*/.exec(readFileSync(join(root, file), 'utf8').slice(0, 500))
    if (found) return found[0].trim()
  }
  throw new Error(`${root} does not tell whose it is.`)
}

/** One plugin for the pages and one for their workers, which are built apart; the first writes the file. */
export function notices(): { pages: Plugin; workers: () => Plugin; meet: (module: string) => void } {
  const met = new Set<string>()
  const meet = (module: string): void => {
    const root = rootOf(module)
    if (!root) return
    met.add(root)
    for (const inner of WITHIN[root.slice(root.lastIndexOf('node_modules/') + 13)] ?? []) met.add(join(dirname(root), inner))
  }
  const collecting = (name: string): Plugin => ({ name, apply: 'build', transform: (_code, id) => (meet(id), undefined) })
  return {
    meet,
    workers: () => collecting('notices-of-workers'),
    pages: {
      ...collecting('notices'),
      generateBundle() {
        const all = [...met].sort().map(notice)
        const source = ['These pages are built with the following packages.', ...all, BESIDE].join(`\n${'-'.repeat(80)}\n\n`)
        this.emitFile({ type: 'asset', fileName: 'licences.txt', source: `${source}\n` })
      },
    },
  }
}
