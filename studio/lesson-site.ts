// The program of the lesson's pages that need no server: one script, one style, and the worker that models run in.
// It is built after the studio, into the folder `site` beside it; `pippin learn site` copies it into what it writes.

import { svelte } from '@sveltejs/vite-plugin-svelte'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'
import { onnxRuntime, withoutCopy } from './onnx-runtime.ts'

export const RUNTIME = 'files/onnx-runtime.gz'

export function lessonSite(): Plugin {
  let target = ''
  return {
    name: 'lesson-site',
    apply: 'build',
    configResolved: (config) => void (target = join(config.build.outDir, 'site')),
    closeBundle: () => buildSite(target),
  }
}

// Pages opened as files may begin classic workers only, which do not know where they come from by `import.meta`.
const classic: Plugin = { name: 'classic-worker', renderChunk: (code) => code.replaceAll('import.meta.url', 'self.location.href') }

async function buildSite(outDir: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    base: './',
    resolve: { alias: [{ find: /^.*\/lib\/visit\.svelte$/, replacement: fileURLToPath(new URL('./src/site/visit.ts', import.meta.url)) }] },
    plugins: [svelte(), onnxRuntime(RUNTIME)],
    worker: { format: 'es', plugins: () => [withoutCopy(), classic], rollupOptions: { output: { entryFileNames: 'worker.js' } } },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      cssCodeSplit: false,
      modulePreload: false,
      rollupOptions: { input: 'src/site/main.ts', output: { entryFileNames: 'site.js', assetFileNames: 'site[extname]', codeSplitting: false } },
    },
  })
}
