// What was done, small enough for the address: after the #, which no browser sends to a server.

import type { Event } from './conditions'

const OUTCOMES = ['', 'right', 'wrong', 'unknown']
const MOST = 6000 // characters; a longer one is left out, and the browser's own store holds all
const KEY = 'done='

type Small = [string, string, Record<string, unknown>, string?, ...(string | null)[]]

/** Events one after the other; rows as a letter each and the labels in runs. */
function shrink({ verb, application, facts, rows }: Event): Small {
  if (!rows.length) return [verb, application, facts]
  return [verb, application, facts, rows.map(({ outcome }) => OUTCOMES.indexOf(outcome)).join(''), ...runs(rows.map(({ label }) => label))]
}

/** Labels with how often each is repeated behind it: apple, apple, ball is apple, "2", ball, "1". */
function runs(labels: (string | null)[]): (string | null)[] {
  const found: [string | null, number][] = []
  for (const label of labels) {
    const last = found.at(-1)
    if (last && last[0] === label) last[1] += 1
    else found.push([label, 1])
  }
  return found.flatMap(([label, times]) => [label, String(times)])
}

function grow([verb, application, facts, outcomes = '', ...labels]: Small): Event {
  const each: (string | null)[] = []
  for (let at = 0; at < labels.length; at += 2) for (let n = 0; n < Number(labels[at + 1]); n++) each.push(labels[at]!)
  return { verb, application, facts, rows: [...outcomes].map((letter, at) => ({ label: each[at] ?? null, outcome: OUTCOMES[Number(letter)] ?? '' })) }
}

async function squeeze(bytes: Uint8Array<ArrayBuffer>, how: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(how)).arrayBuffer())
}

/** Events as the end of an address, or nothing where there are none or too many. */
export async function toAddress(events: Event[]): Promise<string> {
  if (!events.length) return ''
  const bytes = await squeeze(new TextEncoder().encode(JSON.stringify(events.map(shrink))), new CompressionStream('deflate-raw'))
  if (bytes.length > MOST) return ''
  const text = btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return text.length > MOST ? '' : `#${KEY}${text}`
}

/** The events an address carries; none where it carries none or was damaged. */
export async function fromAddress(hash: string): Promise<Event[]> {
  const text = hash.replace(/^#/, '')
  if (!text.startsWith(KEY) || text.length > MOST + KEY.length) return []
  try {
    const bytes = Uint8Array.from(atob(text.slice(KEY.length).replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0))
    const found: unknown = JSON.parse(new TextDecoder().decode(await squeeze(bytes, new DecompressionStream('deflate-raw'))))
    return Array.isArray(found) && found.every(isSmall) ? found.map(grow) : []
  } catch {
    return []
  }
}

function isSmall(one: unknown): one is Small {
  return Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'string' && typeof one[2] === 'object' && one[2] !== null
    && one.slice(3).every((text) => text === null || (typeof text === 'string' && text.length < 200)) && sizeOf(one) < 10_000
}

function sizeOf([, , , , ...labels]: unknown[]): number {
  return labels.reduce<number>((sum, text, at) => (at % 2 ? sum + (Number(text) >= 0 ? Number(text) : Infinity) : sum), 0)
}
