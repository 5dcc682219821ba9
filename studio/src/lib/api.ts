// What the service says and takes, and the one way to ask it.

import { announce } from './strip'

/** A name for people, and a sentence on what it means. */
export interface Term {
  label: string
  help: string
}

export interface ApplicationSummary {
  name: string
  action: string
  group: string
  ready: boolean
  summary: string
  input: string
  answer: string
  output: string
  amount: string
  saved: boolean
  teach: boolean
  closed: string | null // why visitors of a class do not get it
}

export interface Parameter {
  name: string
  type: 'reads' | 'path' | 'text' | 'whole number' | 'number' | 'yes or no'
  text: string
  default: unknown
  required: boolean
  many: boolean
}

export interface Setting {
  name: string
  type: Parameter['type']
  text: string
  default: unknown
  measuring: boolean
  answering: boolean // whether it says anything to a model that is made
}

export interface Command extends Term {
  name: string
  summary: string
  page: boolean // called by the application's own page, and needs no form
  own: boolean
  lasting: boolean
  configurable: boolean
  parameters: Parameter[]
}

export interface Score {
  value: number
  low: number
  high: number
}

export interface ApplicationDetails extends ApplicationSummary {
  kind: 'file' | 'text' | 'record' | 'episode'
  metric: string
  metrics: Record<string, Term>
  lower_is_better: boolean
  unit: string
  deep: string[]
  baselines: string[]
  on_request: string[]
  networks: string[]
  needs: Record<string, string>
  quick_baseline: string
  without: Record<string, string>
  commands: Command[]
  settings: Setting[]
  model: { id: string; variant: string; builtin: boolean; scores: Record<string, Score>; data: { name: string }; config: Values | null } | null
  lessons: number
  missing: { libraries: string[]; command: string; clone: boolean } | null // for training
}

export interface Sample {
  sample: number
  name: string
  truth: string | number | null
  thumbnail?: string
  value?: unknown
}

export interface Cell {
  text?: string
  interval?: string
  value?: number
  low?: number
  high?: number
  picture?: string
  alt?: string
  width?: number
}

export interface Table {
  title: string
  columns: string[]
  numeric: boolean[]
  rows: Cell[][]
}

export interface Figure {
  title: string
  caption: string
  image: string
  before: string | null
}

export interface Report {
  title: string
  summary: string
  tables: Table[]
  figures: Figure[]
  notes: string[]
  sections: Report[]
  next: string
}

export interface OutputFile {
  name: string
  url: string
  bytes: number
  size: string
  picture: boolean
}

export interface CommandResult<Payload = Record<string, unknown>> {
  payload: Payload
  report: Report
  files: OutputFile[]
}

export interface Prediction {
  input: string
  answer: unknown
  confidence: number | null
  interval: [number, number] | null
  known: boolean
  alternatives: { answer: unknown; confidence: number }[]
  evidence: unknown[]
  files: { path: string; media_type: string }[]
  error: string | null
}

/** Two models of which the new one was not put into use by itself. */
export interface Offer {
  reason: 'worse' | 'stopped' | 'unscored'
  sentence: string
  artifact: string
  metric: string
  scores: Record<string, Score>
  in_use: { artifact: string; builtin: boolean; scores: Record<string, Score> } | null
}

export interface RunInfo {
  run: string
  verb: string
  state: 'starting' | 'waiting' | 'running' | 'scoring' | 'stopped' | 'cancelled' | 'finished' | 'failed' | 'interrupted'
  alive: boolean
  resumable: boolean
  stopping: boolean
  seconds: number | null
  artifact: string | null
  problem: string | null
  begun: number
  title: string
  report: boolean
  metric: string | null
  offer: Offer | null
  scores: Record<string, Score> | null
  baseline: { name: string | null; scores?: Record<string, Score>; reason?: string } | null
}

/** What went wrong, in the one sentence the service gave. */
export class Problem extends Error {
  constructor(message: string, readonly status = 0) {
    super(message)
  }
}

interface Refusal {
  error?: { message?: string }
}

function isAbort(problem: unknown): boolean {
  return problem instanceof DOMException && problem.name === 'AbortError'
}

async function readResponse<T>(request: Promise<Response>): Promise<T> {
  let response: Response
  try {
    response = await request
  } catch (problem) {
    if (isAbort(problem)) throw problem
    throw new Problem('Pippin does not answer; is `pippin studio` still running?')
  }
  let found: unknown
  try {
    found = await response.json()
  } catch (problem) {
    if (isAbort(problem)) throw problem // the request was given up while its response was read
    if (response.ok) throw new Problem('The response of Pippin was cut off; try again.')
  }
  if (!response.ok) throw new Problem((found as Refusal | undefined)?.error?.message ?? `Pippin answered with ${response.status}.`, response.status)
  return found as T
}

export function get<T>(path: string): Promise<T> {
  return readResponse<T>(fetch(`/v1${path}`))
}

/** Tell the service something that is no command of an application. */
export function post<T>(path: string, values: Record<string, unknown>): Promise<T> {
  const headers = { 'X-Pippin': '1', 'Content-Type': 'application/json' }
  return readResponse<T>(fetch(`/v1${path}`, { method: 'POST', headers, body: JSON.stringify(values) }))
}

export type Values = Record<string, unknown>
export type Files = Record<string, File[]>

/** Have an application carry out a command; files are sent by the name of what they are for. */
export function runCommand<Payload = Record<string, unknown>>(
  application: string,
  command: string,
  values: Values = {},
  files: Files = {},
  signal?: AbortSignal,
  prefer?: string,
): Promise<CommandResult<Payload>> {
  const sent = Object.entries(files).filter(([, list]) => list.length > 0)
  // `return=minimal`: an answer of many rows is a file alone; `respond-async`: the run's name, at once (RFC 7240).
  const headers: Record<string, string> = { 'X-Pippin': '1', ...(prefer ? { Prefer: prefer } : {}) }
  let body: BodyInit
  if (sent.length > 0) {
    body = new FormData()
    body.append('arguments', JSON.stringify(values))
    for (const [name, list] of sent) for (const file of list) body.append(name, file, getPath(file))
  } else {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(values)
  }
  const answered: Promise<CommandResult<Payload>> = readResponse(fetch(`/v1/${application}/${command}`, { method: 'POST', headers, body, signal: signal ?? null }))
  void answered.then(announce, () => undefined)
  return answered
}

/** Start a long command; returns the name of its run, which goes on when the page is left. */
export async function startRun(application: string, command: string, values: Values = {}, files: Files = {}): Promise<string> {
  return (await runCommand<{ run: string }>(application, command, values, files, undefined, 'respond-async')).payload.run
}

/** The runs of an application, the newest first. */
export async function listRuns(application: string): Promise<RunInfo[]> {
  return (await runCommand<{ runs: RunInfo[] }>(application, 'runs')).payload.runs
}

/** Continue a run that was stopped or cut off. */
export function resumeRun(application: string, run: string): Promise<unknown> {
  return readResponse(fetch(`/v1/${application}/runs/${run}/resume`, { method: 'POST', headers: { 'X-Pippin': '1' } }))
}

/** What a command will cost with these values: its sentence. */
export async function estimateCost(application: string, command: string, values: Values, signal: AbortSignal): Promise<string> {
  const headers = { 'X-Pippin': '1', 'Content-Type': 'application/json' }
  const body = JSON.stringify(values)
  const found = await readResponse<{ text: string }>(fetch(`/v1/${application}/cost/${command}`, { method: 'POST', headers, body, signal }))
  return found.text
}

/** A file's name with the folders it was chosen with: they say what is in an image. */
export function getPath(file: File & { path_?: string }): string {
  return file.path_ || file.webkitRelativePath || file.name
}
