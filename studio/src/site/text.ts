// A question as it stands in the page's text, before it becomes live.

export interface QuizText {
  question: string // HTML that Pippin wrote, every word of the lesson escaped
  choices: string[]
  explanation: string
}

export function readText(element: HTMLElement): QuizText {
  const html = (selector: string) => element.querySelector(selector)?.innerHTML ?? ''
  return {
    question: html('[data-part=question]'),
    choices: [...element.querySelectorAll('[data-part=choice]')].map((one) => one.innerHTML),
    explanation: html('[data-part=explanation]'),
  }
}
