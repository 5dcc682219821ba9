// The lesson without a server: its pages are text already; this makes their tasks, questions and networks live.

import { mount, type Component } from 'svelte'
import '../tokens.css'
import '../base.css'
import './site.css'
import { useWords } from '../lib/lessonWords.svelte'
import { parts } from '../lib/onnx/model'
import { SiteFiles, type DeskProps } from './files'
import Points from './Points.svelte'
import type { LessonFacts } from './progress'
import QuizCard from './QuizCard.svelte'
import { Reader } from './reader.svelte'
import Settings from './Settings.svelte'
import TaskState from './TaskState.svelte'
import { readText } from './text'

const desks = import.meta.glob<{ default: Component<DeskProps> }>('../apps/*/Site.svelte', { eager: true })

function read<T>(id: string): T {
  return JSON.parse(document.getElementById(id)!.textContent!) as T
}

function each(selector: string, work: (element: HTMLElement) => void): void {
  for (const element of document.querySelectorAll<HTMLElement>(selector)) work(element)
}

async function begin(): Promise<void> {
  const files = new SiteFiles()
  Object.assign(parts, files.parts())
  const reader = new Reader(read<LessonFacts>('lesson'))
  useWords(reader.lesson.words)
  await reader.open()
  const pageOf = (element: HTMLElement) => reader.lesson.pages.find(({ number }) => number === Number(element.closest<HTMLElement>('[data-page]')?.dataset.page))
  each('[data-points]', (target) => {
    target.replaceChildren()
    void mount(Points, { target, props: { reader, number: Number(target.dataset.points) } })
  })
  each('[data-task]', (target) => {
    const page = pageOf(target)!
    void mount(TaskState, { target, props: { reader, page, task: page.tasks.find(({ id }) => id === target.dataset.task)!, card: target } })
  })
  each('[data-quiz]', (element) => {
    const page = pageOf(element)!
    const [quiz, text] = [page.quizzes.find(({ id }) => id === element.dataset.quiz)!, readText(element)]
    element.replaceChildren()
    void mount(QuizCard, { target: element, props: { reader, quiz, text } })
  })
  each('[data-settings]', (target) => void mount(Settings, { target, props: { reader } }))
  each('[data-desk]', (target) => {
    const { desk: application = '', verbs = '' } = target.dataset
    const found = desks[`../apps/${application}/Site.svelte`]
    target.replaceChildren()
    if (found) void mount(found.default, { target, props: { reader, files, application, verbs: verbs.split(' ') } })
  })
  document.addEventListener('visibilitychange', () => void (document.hidden || reader.look()))
  document.documentElement.dataset.live = 'yes'
  if (!document.querySelector('[data-desk]')) files.keepOffline()
}

void begin()
