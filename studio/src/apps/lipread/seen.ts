// A clip as the network sees it, what it reads there, and when.

import { runCommand, type CommandResult, type Score, type Values } from '../../lib/api'

/** A word over the frames from `first` up to, not including, `end`. */
export interface Word {
  word: string
  first: number
  end: number
  probability?: number
  place?: string
  others?: [string, number][]
}

/** How all frames lie in one image, row by row. */
export interface Sheet {
  frames: number
  columns: number
  width: number
  height: number
  rate: number
}

export interface Seen extends Sheet {
  answer: string
  confidence: number | null
  known: boolean
  way: 'grammar' | 'letters' | 'phrase' | 'taught'
  words: Word[]
  letters: { letter: string; frame: number }[]
  speaks: [number, number]
  alternatives: { answer: string; confidence: number }[]
  notes: string[]
  scope: string
  learned: string
  wer: Score | null
  speaker_type: string
  truth: string | null
  rendered: number
}

/** What a page plays: the frames as an image that has arrived. */
export interface Film extends Sheet {
  image: HTMLImageElement
}

export async function frames(application: string, values: Values, file?: File): Promise<{ seen: Seen; film: Film }> {
  const answered = await runCommand<Seen>(application, 'frames', values, file ? { clip: [file] } : {})
  return { seen: answered.payload, film: await film(answered) }
}

export async function film(answered: CommandResult<Sheet>): Promise<Film> {
  const image = new Image()
  image.src = answered.report.figures[0]!.image
  await image.decode()
  const { frames, columns, width, height, rate } = answered.payload
  return { frames, columns, width, height, rate, image }
}

/** Draw one frame of a film into a box. */
export function draw(canvas: CanvasRenderingContext2D, film: Film, frame: number, x: number, y: number, width: number, height: number): void {
  const [left, top] = [(frame % film.columns) * film.width, Math.floor(frame / film.columns) * film.height]
  canvas.imageSmoothingQuality = 'high'
  canvas.drawImage(film.image, left, top, film.width, film.height, x, y, width, height)
}
