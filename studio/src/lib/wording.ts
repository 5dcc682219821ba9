// Sentences written for a terminal, as a page says them: settings and pages by their names, no commands.

import { title } from './words'

/** Where on the pages of an application each command is done. */
const PAGES: Record<string, string> = {
  predict: 'Use', teach: 'Use', undo: 'Use', train: 'Train', runs: 'Runs', stop: 'Runs', 'delete-run': 'Runs',
  inspect: 'Measure', evaluate: 'Measure', compare: 'Measure', curve: 'Measure', tune: 'Measure', explain: 'Look inside',
  models: 'Models', use: 'Models', rm: 'Models', history: 'Models', export: 'Models', 'save-as': 'Models',
}

const page = (verb: string): string => `the page “${PAGES[verb] ?? 'More'}”`

/** A setting as a page names it: with its value, or that it is switched off. */
function setting(flag: string, value = ''): string {
  const off = flag.startsWith('no-')
  const name = title(off ? flag.slice(3) : flag)
  return off ? `“${name}” switched off` : value ? `“${name}: ${value}”` : `“${name}”`
}

export function forPages(text: string): string {
  return text
    .replace(/[;:] --json has all/g, '')
    .replaceAll('`pippin list` shows them', 'the home page shows them')
    .replace(/ \((?:pippin [a-z][\w-]* |--)[^)]*\)/g, (found) => (/^ \(--no-/.test(found) ? found : ''))
    .replace(/[:;,] pippin (?!studio)(?:[A-Z]+|[a-z][\w-]*)(?: [a-z][\w-]*)?(?: (?:[A-Z]+|\.\.\.))+/g, '')
    .replace(/`pippin (?!studio)[a-z][\w-]* ([a-z][a-z-]*)[^`]*`/g, (_, verb: string) => page(verb))
    .replace(/pippin (?!studio)[a-z][\w-]* ([a-z][a-z-]*)(?: [A-Z]+)+/g, (_, verb: string) => page(verb))
    .replace(/(?<![\w`-])(`?)--([a-z][a-z-]*)(?:=([\w.-]*\w)| '([^']*)'| (\d[\w.]*)|(?: [A-Z]{2,})+)?\1(?![\w-])/g,
      (_, _tick: string, flag: string, ...values: (string | undefined)[]) => setting(flag, values.slice(0, 3).find(Boolean)))
}
