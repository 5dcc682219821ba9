// Which word belongs to which frame, and how a film passes.

import type { Seen, Word } from './seen'

/** The place of the word that a frame belongs to; -1 between words. */
export function wordAt(words: Word[], frame: number): number {
  return words.findIndex((word) => word.first <= frame && frame < word.end)
}

/** Where a film stands after some seconds: from `at` on (in frames), within [first, end), over and over. */
export function later(at: number, seconds: number, rate: number, [first, end]: [number, number]): number {
  const length = Math.max(1, end - first)
  const inside = at < first || at >= end ? 0 : at - first
  return first + ((inside + seconds * rate) % length)
}

/** The frames that stand for all of them, side by side in so many cells: each that in the middle of its cell. */
export function spread(frames: number, cells: number): number[] {
  return Array.from({ length: cells }, (_, cell) => Math.min(frames - 1, Math.floor(((cell + 0.5) / cells) * frames)))
}

/** The words to show over the frames; a phrase stands over all in which the mouth moves. */
export function getWords(seen: Seen): Word[] {
  if (seen.words.length || !seen.answer) return seen.words
  const [first, end] = seen.speaks
  return [{ word: seen.answer, first, end, probability: seen.confidence ?? 0 }]
}

/** What a newcomer should know about how an answer was found; nothing where it is an ordinary one. */
export function remark(seen: Seen): string {
  if (seen.way === 'taught') return 'You taught it this very clip.'
  if (seen.way === 'phrase') return seen.known ? 'The nearest of your phrases.' : `This seems to be none of your phrases; the nearest is “${seen.answer}”.`
  if (!seen.answer) return 'No speech was found in it.'
  if (!seen.known) return 'This fits none of the sentences it expects, so it was read letter by letter, without its grammar. Take it for a guess, however sure the words look.'
  return ''
}
