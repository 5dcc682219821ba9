// The quiz: what a person chose, what was wrong, and clips of one's own with what is said in them.

import { getPath } from '../../lib/api'

/** Of one guess: wrong words of both, and how many were spoken. */
export interface Wrong {
  you: number
  network: number
  words: number
}

/** The share of words wrong over all rounds, as speech recognition counts it; nothing before the first. */
export function rate(rounds: Wrong[], who: 'you' | 'network'): number | null {
  const spoken = rounds.reduce((sum, round) => sum + round.words, 0)
  return spoken ? rounds.reduce((sum, round) => sum + round[who], 0) / spoken : null
}

/** Words (a sentence, or one for each place) beside what was said, and which are wrong; all as one where they do not pair. */
export function beside(truth: string, said: string | string[]): { word: string; wrong: boolean }[] {
  const [right, words] = [truth.split(' '), typeof said === 'string' ? said.split(' ') : said]
  if (words.length !== right.length) return [{ word: words.join(' ').trim() || '–', wrong: true }]
  return words.map((word, at) => ({ word: word || '–', wrong: word !== right[at] }))
}

const VIDEO = /\.(mp4|mpe?g|mov|m4v|avi|mkv|webm|y4m|gif)$/i
const BESIDE = /\.(txt|align)$/i

/** Each clip among some files, with the files beside it that tell what is said. */
export function pairClips(files: File[]): { clip: File; beside: File[] }[] {
  const stem = (file: File): string => getPath(file).split('/').pop()!.replace(/\.[^.]*$/, '')
  return files
    .filter((file) => VIDEO.test(file.name))
    .map((clip) => ({ clip, beside: files.filter((file) => BESIDE.test(file.name) && stem(file) === stem(clip)) }))
}
