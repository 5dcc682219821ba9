// What the service tells a visitor of a class: a number, the teacher's message, and the place of requests in the queue.
import { get, Problem } from './api'
import { forgetTaught } from './strip'

export interface Place {
  application: string
  command: string
  state: 'running' | 'waiting'
  place: number
  seconds: number
}

/** What a class that follows a lesson means for this visitor. */
export interface ClassLesson {
  title: string
  name: string | null
  teacher: boolean
  wait_at: number | null
  erase_at: number | null
  offers: boolean
  shown: boolean
}

interface QueueStatus {
  class: boolean
  visitor: number | null
  message: string
  requests: Place[]
  lesson: ClassLesson | null
}

const SELDOM = 15_000 // milliseconds between two looks in a class
const AT_LESSON = 6_000 // and in one that follows a lesson, where the teacher sets the pace
const OFTEN = 1_500 // while something waits for an answer

export const visit = $state<QueueStatus>({ class: false, visitor: null, message: '', requests: [], lesson: null })
let waiting = 0
let timer: ReturnType<typeof setTimeout> | undefined
let looking = false

async function look(): Promise<void> {
  if (looking) return
  looking = true
  clearTimeout(timer)
  try {
    if (!document.hidden) Object.assign(visit, await get<QueueStatus>('/queue'))
  } catch (problem) {
    // The next request tells that the studio does not answer; or the class has ended.
    if (problem instanceof Problem && problem.status === 403) forgetTaught()
  }
  looking = false
  if (visit.class || waiting > 0) timer = setTimeout(look, waiting > 0 ? OFTEN : visit.lesson ? AT_LESSON : SELDOM)
}

/** Begin to look, once for each page; the promise is fulfilled after the first look. */
export function begin(): Promise<void> {
  return look()
}

/** Look often while the visitor waits; call the returned function when the wait is over. */
export function awaitAnswer(): () => void {
  waiting += 1
  look()
  return () => {
    waiting -= 1
    visit.requests = []
  }
}

/** Where the next of one's requests stands, in words; empty where none waits. */
export function placeInWords(requests: Place[], duration: (seconds: number) => string): string {
  const next = requests.filter((one) => one.state === 'waiting').sort((a, b) => a.place - b.place)[0]
  if (!next) return ''
  const before = next.place === 1 ? 'next in the queue' : `number ${next.place} in the queue`
  return `${before}, about ${duration(Math.max(1, Math.round(next.seconds)))}`
}
