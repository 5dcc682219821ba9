// Where a reader of the pages stands: points computed from what was done, as lessons/progress.py does.

import type { Curve } from '../lib/lesson'
import { isMet, total, type Condition, type Event } from './conditions'

export interface TaskFacts {
  id: string
  xp: number
  conditions: Condition[]
  otherwise: string
  quizzes: boolean // done by answering all quizzes of its page rightly
}

export interface QuizFacts {
  id: string
  xp: number
  answer: string
  guess: boolean
  figure: string // a sentence with {n}, which `counted` fills in
  nothing: string // in its place where that is 0
  counted: Condition[]
  curve: Curve | null // seen once it is answered
}

export interface PageFacts {
  number: number
  name: string
  title: string
  path: boolean
  minutes: number
  tasks: TaskFacts[]
  quizzes: QuizFacts[]
}

export interface LessonFacts {
  name: string
  pages: PageFacts[]
  verbs: Record<string, string[]> // what these pages can do by themselves, by application
  words: Record<string, string> // in the lesson's language
}

/** The last choice at each quiz. */
export function choicesMade(lesson: LessonFacts, events: Event[]): Record<string, string> {
  const quizzes = events.filter(({ verb, application }) => verb === 'quiz' && application === lesson.name)
  return Object.fromEntries(quizzes.map(({ facts }) => [String(facts.quiz), String(facts.choice)]))
}

export function pays(quiz: QuizFacts, choice: string | undefined): boolean {
  return choice !== undefined && (quiz.guess || choice === quiz.answer)
}

/** The sentence with the reader's own number. */
export function figureOf({ figure, nothing, counted }: QuizFacts, events: Event[]): string {
  const number = counted.reduce((sum, one) => sum + total(one, events), 0)
  return nothing && !number ? nothing : figure.replace('{n}', String(number))
}

export class Progress {
  readonly choices: Record<string, string>

  constructor(readonly lesson: LessonFacts, readonly events: Event[]) {
    this.choices = choicesMade(lesson, events)
  }

  /** Whether a task can be done here: by its quizzes, or by something an application does here. */
  isOpen(task: TaskFacts): boolean {
    const can = ({ application, verb }: Condition): boolean =>
      application === null ? Object.values(this.lesson.verbs).some((verbs) => verbs.includes(verb)) : !!this.lesson.verbs[application]?.includes(verb)
    return task.quizzes || task.conditions.some(can)
  }

  isDone(page: PageFacts, task: TaskFacts): boolean {
    if (task.conditions.some((condition) => isMet(condition, this.events))) return true
    if (task.quizzes) return page.quizzes.every((quiz) => quiz.answer === this.choices[quiz.id])
    if (this.isOpen(task) || !task.otherwise) return false
    return page.quizzes.find(({ id }) => id === task.otherwise)?.answer === this.choices[task.otherwise]
  }

  xp(page: PageFacts): number {
    const tasks = page.tasks.filter((task) => this.isDone(page, task)).reduce((sum, { xp }) => sum + xp, 0)
    return tasks + page.quizzes.filter((quiz) => pays(quiz, this.choices[quiz.id])).reduce((sum, { xp }) => sum + xp, 0)
  }

  get total(): number {
    return this.lesson.pages.reduce((sum, page) => sum + this.xp(page), 0)
  }

  /** Points that can be had here: what is left needs Pippin itself. */
  get reachable(): number {
    return this.lesson.pages.reduce((sum, page) => {
      const open = page.tasks.filter((task) => this.isOpen(task) || task.otherwise)
      return sum + [...open, ...page.quizzes].reduce((all, { xp }) => all + xp, 0)
    }, 0)
  }

  /** Points these pages hold in all. */
  get most(): number {
    return this.lesson.pages.reduce((sum, page) => sum + mostOf(page), 0)
  }
}

export function mostOf({ tasks, quizzes }: PageFacts): number {
  return [...tasks, ...quizzes].reduce((sum, { xp }) => sum + xp, 0)
}
