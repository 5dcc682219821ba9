import { afterEach, expect, test, vi } from 'vitest'
import { get, runCommand } from './api'

afterEach(() => vi.unstubAllGlobals())

/** Answer each request with a body that breaks while it is read. */
function breakBodies(problem: unknown, status = 200): void {
  const body = () => new ReadableStream({ start: (controller) => controller.error(problem) })
  vi.stubGlobal('fetch', async () => new Response(body(), { status }))
}

test('a request that is given up while its response is read yields no response', async () => {
  breakBodies(new DOMException('given up', 'AbortError'))
  await expect(runCommand('tables', 'columns')).rejects.toMatchObject({ name: 'AbortError' })
})

test('a response that is cut off is a problem with a sentence', async () => {
  breakBodies(new TypeError('network error'))
  await expect(get('/tables')).rejects.toThrow('The response of Pippin was cut off')
  breakBodies(new TypeError('network error'), 503)
  await expect(get('/tables')).rejects.toThrow('Pippin answered with 503.')
})

test('a refusal is told as the service worded it', async () => {
  vi.stubGlobal('fetch', async () => Response.json({ error: { message: 'No such model.' } }, { status: 400 }))
  await expect(get('/tables')).rejects.toThrow('No such model.')
})
