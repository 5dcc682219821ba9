// What the service says of the lesson: its pages, what of them is done, and the points for it.

export interface Span {
  kind: 'text' | 'code' | 'strong' | 'em' | 'link'
  text: string
  href: string
}

export interface PageLine {
  page: number
  title: string
  minutes: number
  path: boolean
  language: string
  xp: number
  max_xp: number
  open: boolean
}

export interface Lesson {
  title: string
  language: string
  languages: string[]
  xp: number
  max_xp: number
  pages: PageLine[]
}

export interface Task {
  kind: 'task'
  id: string
  xp: number
  state: 'done' | 'open' | 'unavailable'
  text: Span[]
  command: string
  application: string | null // where it is done; none where that is not installed
  verb: string // what it is done by there
  verbs: string[] // all that it may be done by there
  open: string // its page in the studio, as application/tab
  otherwise: string
  shared: string // scores of the class's own run
}

export interface Quiz {
  kind: 'quiz'
  id: string
  xp: number
  question: Span[]
  choices: Span[][]
  guess: boolean
  choice: string | null
  right: boolean | null
  answer: string | null
  explanation: Span[]
  figure: string
  curve: Curve | null
}

/** Scores of methods by number of examples, as they were measured. */
export interface Curve {
  title: string
  examples: number[]
  lines: { name: string; scores: number[] }[]
}

export interface Prose {
  kind: 'heading' | 'text' | 'list'
  lines: Span[][]
}

export interface Code {
  kind: 'code'
  language: string
  text: string
}

export interface LessonPage extends PageLine {
  total: number
  total_max: number
  next: { page: number; title: string } | null // on the path, from a page of the path
  pages: number
  blocks: (Task | Quiz | Prose | Code)[]
  figures: { shown: string; result: string; row: string }[]
}

export const LETTERS = 'abcdef'

/** What is said of a choice at a question: a key of the lesson's words. */
export function verdict(quiz: Quiz): 'right' | 'measured-is' | 'not-yet' | 'noted' | '' {
  if (quiz.choice === null) return ''
  if (quiz.answer === '') return 'noted' // an opinion
  if (quiz.right) return 'right'
  return quiz.guess ? 'measured-is' : 'not-yet'
}

/** The page to go on with: the first of the path, else of the rest, that has something left to do. */
export function nextPage(pages: PageLine[]): PageLine | undefined {
  const left = pages.filter((one) => one.open && one.xp < one.max_xp)
  return left.find((one) => one.path) ?? left[0]
}

export interface Answer {
  id: number
  text: string
  state: 'new' | 'shown' | 'hidden'
  mine: boolean
  author?: string // the teacher sees it
}

export interface Query extends Answer {
  page: number
  solved: boolean
  me_too: number
  i_too?: boolean
  answers: Answer[]
}

export interface QueryBoard {
  board: 'questions' | 'ideas'
  private: boolean
  discussions: string
  queries: Query[]
}
