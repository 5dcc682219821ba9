import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { notices } from './notices.ts'
import { onnxRuntime, withoutCopy } from './onnx-runtime.ts'
import { slides } from './slides.ts'
import { lessonSite } from './lesson-site.ts'

const licences = notices()

// The built pages go into the Python package, which serves them. While you work on them, `npm run dev` asks a
// `pippin studio` at its usual port for everything else.
export default defineConfig({
  plugins: [svelte(), onnxRuntime(), slides(licences.meet), licences.pages, lessonSite()],
  worker: { format: 'es', plugins: () => [withoutCopy(), licences.workers()], rollupOptions: { output: { entryFileNames: 'assets/[name]-[hash].js' } } },
  build: {
    outDir: '../src/pippin/web/static',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the policy of the pages admits no inlined code
    modulePreload: { polyfill: false },
    rollupOptions: { output: { entryFileNames: 'assets/[name]-[hash].js', chunkFileNames: 'assets/[name]-[hash].js' } },
  },
  server: { proxy: { '/v1': { target: 'http://127.0.0.1:8017', changeOrigin: true } } },
  test: { include: ['src/**/*.test.ts'] },
})
