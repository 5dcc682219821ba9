// The few marks that model cards use, as blocks to show; never as HTML, so that a stranger's card stays text.

export type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'code'; text: string }
  | { kind: 'table'; head: string[]; rows: string[][] }

const cells = (line: string): string[] => line.replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())

/** Markdown in blocks; the front matter is left out. */
export function blocks(text: string): Block[] {
  const lines = text.replace(/^---\n[\s\S]*?\n---\n/, '').split('\n')
  const found: Block[] = []
  let at = 0
  const take = (fits: (line: string) => boolean): string[] => {
    const taken: string[] = []
    while (at < lines.length && fits(lines[at]!)) taken.push(lines[at++]!)
    return taken
  }
  while (at < lines.length) {
    const line = lines[at]!
    const heading = /^(#{1,4}) (.+)/.exec(line)
    if (!line.trim()) at++
    else if (heading) {
      found.push({ kind: 'heading', level: heading[1]!.length, text: heading[2]! })
      at++
    } else if (line.startsWith('```')) {
      at++
      found.push({ kind: 'code', text: take((one) => !one.startsWith('```')).join('\n') })
      at++
    } else if (line.startsWith('|')) {
      const [head, , ...rows] = take((one) => one.startsWith('|')).map(cells)
      found.push({ kind: 'table', head: head!, rows })
    } else if (/^[-*] /.test(line)) {
      found.push({ kind: 'list', items: take((one) => /^[-*] /.test(one)).map((one) => one.slice(2)) })
    } else {
      found.push({ kind: 'text', text: take((one) => one.trim() !== '' && !/^(#|```|\||[-*] )/.test(one)).join(' ') || lines[at++]! })
    }
  }
  return found
}
