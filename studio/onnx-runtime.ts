// ONNX Runtime's machine code is 14 MB: it goes into the package compressed, and pages unpack it.
// `import url from 'virtual:onnx-runtime'` is its address.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const NAME = 'virtual:onnx-runtime'
const CODE = 'onnxruntime-web/ort-wasm-simd-threaded.wasm'
// The library names the file in a way that would have the bundler copy it as it is, too.
const NAMED = 'new URL("ort-wasm-simd-threaded.wasm",import.meta.url).href'

/** `beside`: the file lies beside the page under this name, put there by whoever writes the page. */
export function onnxRuntime(beside = ''): Plugin {
  let building = false
  return {
    name: 'onnx-runtime',
    configResolved: (config) => void (building = config.command === 'build'),
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined
      if (beside) return `export default '${beside}'`
      if (!building) return `export { default } from '${CODE}?url'`
      const source = gzipSync(readFileSync(createRequire(import.meta.url).resolve(CODE)), { level: 9 })
      const file = this.emitFile({ type: 'asset', name: 'onnx-runtime.gz', source })
      return `export default import.meta.ROLLUP_FILE_URL_${file}`
    },
  }
}

export function withoutCopy(): Plugin {
  return {
    name: 'onnx-runtime-without-copy',
    apply: 'build',
    transform: (code, id) => (id.includes('ort.wasm.bundle') ? code.replaceAll(NAMED, '""') : undefined),
  }
}
