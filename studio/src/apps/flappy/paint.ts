// The game as people see it, in shapes of our own: a sky with hills, pipes, and a bird between two frames.

import { BIRD_HEIGHT, BIRD_WIDTH, BIRD_X, GAP_TOPS, GROUND_Y, HEIGHT, MOST_ROTATION, PIPE_WIDTH, WIDTH } from './rules'
import type { Flight } from './flight'

interface Scene {
  sky: [string, string]
  light: string // sun or moon
  cloud: string
  hills: [string, string]
}

const SCENES: [Scene, Scene] = [
  { sky: ['#7cc4ea', '#e8f5e4'], light: '#fff3c4', cloud: 'rgb(255 255 255 / .8)', hills: ['#b4dcb0', '#8cc685'] },
  { sky: ['#16233f', '#41638a'], light: '#f4ecd0', cloud: 'rgb(255 255 255 / .12)', hills: ['#2c4c63', '#203c4e'] },
]
const PIPES = [['#5a9b2d', '#8ac64f', '#3a6b1a'], ['#b5563a', '#de8762', '#7d3520']] as const
const BIRDS = [['#f6c437', '#fbe08a'], ['#4c8fdc', '#a9cff7'], ['#e2563f', '#f6a18f']] as const
const LIP = 26 // how high a pipe's rim is

type Context = CanvasRenderingContext2D

/** Draws flights on a canvas; `share` is how much of the frame under way has passed. */
export class Painter {
  #context: Context
  #canvas: HTMLCanvasElement
  #back: { name: string; image: OffscreenCanvas } | undefined

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d', { alpha: false })!
  }

  /** As many pixels as the screen shows of it. */
  fit(): void {
    const width = Math.max(1, Math.round(this.#canvas.clientWidth * Math.min(2, devicePixelRatio)))
    if (this.#canvas.width === width) return
    this.#canvas.width = width
    this.#canvas.height = Math.round((width * HEIGHT) / WIDTH)
  }

  paint(flight: Flight, share: number): void {
    const [context, { game, rules }] = [this.#context, flight]
    const scale = this.#canvas.width / WIDTH
    const behind = flight.alive ? (1 - share) * rules.speed : 0 // how far the world still has to move
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.drawImage(this.#backdrop(game.background as 0 | 1), 0, 0)
    context.setTransform(scale, 0, 0, scale, 0, 0)
    const gone = game.frames * rules.speed - behind
    clouds(context, SCENES[game.background as 0 | 1], gone)
    game.pipeX.forEach((x, i) => pipe(context, x + behind, GAP_TOPS[game.pipeGap[i]!]!, rules.gap, PIPES[game.pipe as 0 | 1]))
    ground(context, gone, game.background === 1)
    bird(context, flight, share)
  }

  #backdrop(background: 0 | 1): OffscreenCanvas {
    const name = `${background} ${this.#canvas.width}`
    if (this.#back?.name !== name) {
      const image = new OffscreenCanvas(this.#canvas.width, this.#canvas.height)
      scenery(image, SCENES[background])
      this.#back = { name, image }
    }
    return this.#back.image
  }
}

function scenery(canvas: OffscreenCanvas, scene: Scene): void {
  const context = canvas.getContext('2d')!
  context.scale(canvas.width / WIDTH, canvas.height / HEIGHT)
  const sky = context.createLinearGradient(0, 0, 0, GROUND_Y)
  sky.addColorStop(0, scene.sky[0])
  sky.addColorStop(1, scene.sky[1])
  context.fillStyle = sky
  context.fillRect(0, 0, WIDTH, HEIGHT)
  disc(context, 226, 78, 24, scene.light)
  for (const [at, colour] of scene.hills.entries()) {
    for (const [x, radius] of [[30, 120], [170, 90], [280, 130]] as const) {
      disc(context, x + at * 70 - 20, GROUND_Y + radius * 0.62 + at * 22, radius, colour)
    }
  }
}

function disc(context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  context.fillStyle = colour
  context.beginPath()
  context.arc(x, y, radius, 0, 7)
  context.fill()
}

function clouds(context: Context, scene: Scene, gone: number): void {
  const around = WIDTH + 140
  context.fillStyle = scene.cloud
  for (const [x, y, size] of [[40, 60, 1], [210, 150, 0.7], [330, 100, 0.85]] as const) {
    const left = (((x - gone * 0.12 * size) % around) + around) % around - 100
    context.beginPath()
    context.roundRect(left, y, 78 * size, 18 * size, 9 * size)
    context.roundRect(left + 16 * size, y - 12 * size, 40 * size, 26 * size, 13 * size)
    context.fill()
  }
}

function pipe(context: Context, x: number, top: number, gap: number, colours: readonly [string, string, string]): void {
  if (x >= WIDTH || x <= -PIPE_WIDTH) return
  const [body, shine, edge] = colours
  const part = (left: number, from: number, width: number, high: number, round: number): void => {
    context.fillStyle = body
    context.beginPath()
    context.roundRect(left, from, width, high, round)
    context.fill()
    context.fillStyle = shine
    context.fillRect(left + 6, from + 2, 7, high - 4)
    context.strokeStyle = edge
    context.lineWidth = 2
    context.stroke()
  }
  part(x + 4, -10, PIPE_WIDTH - 8, top - LIP + 12, 0)
  part(x + 1, top - LIP + 1, PIPE_WIDTH - 2, LIP - 2, 5)
  part(x + 4, top + gap + LIP - 2, PIPE_WIDTH - 8, GROUND_Y - top - gap - LIP + 12, 0)
  part(x + 1, top + gap + 1, PIPE_WIDTH - 2, LIP - 2, 5)
}

function ground(context: Context, gone: number, night: boolean): void {
  context.fillStyle = night ? '#6b6243' : '#e3d59a'
  context.fillRect(0, GROUND_Y, WIDTH, HEIGHT - GROUND_Y)
  context.fillStyle = night ? '#3d6b2f' : '#86bf4e'
  context.fillRect(0, GROUND_Y, WIDTH, 14)
  context.fillStyle = night ? '#325a27' : '#6fa83b'
  for (let x = -(gone % 24) - 24; x < WIDTH; x += 24) {
    context.beginPath()
    context.moveTo(x + 10, GROUND_Y)
    context.lineTo(x + 22, GROUND_Y)
    context.lineTo(x + 12, GROUND_Y + 14)
    context.lineTo(x, GROUND_Y + 14)
    context.fill()
  }
}

function bird(context: Context, { game, before, alive }: Flight, share: number): void {
  const [body, belly] = BIRDS[game.bird as 0 | 1 | 2]
  const along = alive ? share : 1
  const turn = (rotation: number) => Math.min(rotation, MOST_ROTATION)
  const degrees = turn(before.rotation) + (turn(game.rotation) - turn(before.rotation)) * along
  context.save()
  context.translate(BIRD_X + BIRD_WIDTH / 2, before.y + (game.y - before.y) * along + BIRD_HEIGHT / 2)
  context.rotate((-degrees * Math.PI) / 180)
  context.lineWidth = 2
  context.strokeStyle = 'rgb(40 25 10 / .75)'
  egg(context, -1, 0, 15, 11.5, body)
  context.stroke()
  egg(context, 1, 5, 9, 5, belly)
  beak(context)
  disc(context, 7, -4.5, 4.6, '#fff')
  disc(context, 8.6, -4.5, 2.1, '#20180f')
  egg(context, -8, 1 + (game.wing - 1) * 2.5, 7, 4.6 - Math.abs(game.wing - 1), belly)
  context.stroke()
  context.restore()
}

function egg(context: Context, x: number, y: number, wide: number, high: number, colour: string): void {
  context.fillStyle = colour
  context.beginPath()
  context.ellipse(x, y, wide, high, 0, 0, 7)
  context.fill()
}

function beak(context: Context): void {
  context.fillStyle = '#f08a2c'
  context.beginPath()
  context.moveTo(10, -1)
  context.lineTo(17.5, 2.5)
  context.lineTo(10, 6.5)
  context.closePath()
  context.fill()
  context.stroke()
}
