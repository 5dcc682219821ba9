// The network that has seen the world before, running in the page: an image in, and what it sees of it out.

import { Model } from '../../../lib/onnx/model'
import type { Progress, DeskFiles } from '../../../site/files'
import { decode } from './float16'
import { chances, CLASSES, embed, meanOf, squeeze, views, WIDTH } from './look'
import type { Pixels } from './resample'

const LARGE = 1024 // pixels of a side, above which the browser makes an image smaller first

export interface About {
  classes: string[]
  images: { label: string; file: string }[]
  many: string
  numbers: string
  middle: string
  stem: number[]
  tick: { image: string; label: string; file: string }[] // those that are ticked by hand
  features: string[]
}

/** What the network sees of an image. */
export interface Sight {
  square: Pixels
  point: Float32Array<ArrayBuffer>
  guesses: [number, string, number][] // its own classes: number, name, probability
}

/** One layer's answer to an image: `channels` maps of `side` x `side`. */
export interface Maps {
  values: Float32Array
  channels: number
  side: number
}

export interface Layers {
  low: Maps
  middle: Maps
  high: Maps
}

export class Network {
  readonly about: About
  #model: Model
  #first: Float32Array // the numbers of the first convolution
  readonly classifier: Float32Array // [1000,1280]

  private constructor(about: About, model: Model, numbers: Float32Array) {
    this.about = about
    this.#model = model
    this.#first = numbers.slice(0, about.stem.reduce((all, one) => all * one, 1) + about.stem[0]!)
    const end = numbers.length - CLASSES
    this.classifier = numbers.slice(end - CLASSES * WIDTH, end)
  }

  static async open(files: DeskFiles, application: string, tell?: Progress): Promise<Network> {
    const about = files.json<About>(application, 'recognize.json')
    const numbers = files.get(application, 'weights.f16', tell).then(decode)
    const parts = Promise.all([about, files.get(application, 'network.onnx'), numbers])
    const model = await Model.open(parts.then(([{ numbers: path }, graph, data]) => ({ graph, numbers: { path, data } })))
    return new Network(await about, model, await numbers)
  }

  async see(square: Pixels): Promise<Sight> {
    const { features, logits } = await this.#model.run('pixels', views(square), [4, 3, square.height, square.width], 0, ['features', 'logits'])
    const mean = meanOf(logits!, CLASSES)
    const shares = chances(mean)
    const order = [...shares.keys()].sort((one, other) => shares[other]! - shares[one]!).slice(0, 3)
    const guesses = order.map((at): [number, string, number] => [at, this.about.classes[at]!, shares[at]!])
    return { square, point: embed(meanOf(features!, WIDTH), mean), guesses }
  }

  /** What three layers answer to an image: the first, one in the middle, the last. */
  async layers(square: Pixels): Promise<Layers> {
    const data = views(square).slice(0, 3 * square.width * square.height)
    const { middle: name } = this.about
    const found = await this.#model.run('pixels', data, [1, 3, square.height, square.width], 0, [name, 'map'])
    const of = (values: Float32Array, side: number): Maps => ({ values, channels: values.length / side ** 2, side })
    return { low: this.#stem(square), middle: of(found[name]!, 28), high: of(found.map!, 7) }
  }

  /** The first convolution: 3 x 3 pixels, every second one, its answers between 0 and 6. */
  #stem({ data, width }: Pixels): Maps {
    const [filters, , size] = this.about.stem as [number, number, number, number]
    const side = width / 2
    const values = new Float32Array(filters * side * side)
    const biases = this.#first.subarray(filters * 3 * size * size)
    for (let filter = 0, to = 0; filter < filters; filter++)
      for (let row = 0; row < side; row++)
        for (let column = 0; column < side; column++) {
          let sum = biases[filter]!
          for (let y = 0; y < size && 2 * row + y < width; y++)
            for (let x = 0; x < size && 2 * column + x < width; x++)
              for (let plane = 0; plane < 3; plane++)
                sum += ((data[((2 * row + y) * width + 2 * column + x) * 3 + plane]! - 127) / 128) * this.#first[((filter * 3 + plane) * size + y) * size + x]!
          values[to++] = Math.min(6, Math.max(0, sum))
        }
    return { values, channels: filters, side }
  }

  close(): void {
    this.#model.close()
  }
}

/** An image file as the square the network sees; what is transparent is white. */
export async function readSquare(file: Blob): Promise<Pixels> {
  let image = await createImageBitmap(file, { colorSpaceConversion: 'none' }).catch(() => {
    throw new Error('This file is no image that the browser can show; choose another.')
  })
  const large = Math.max(image.width, image.height) / LARGE
  const [width, height] = [Math.max(1, Math.round(image.width / Math.max(1, large))), Math.max(1, Math.round(image.height / Math.max(1, large)))]
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, width, height)
  image.close()
  const { data } = context.getImageData(0, 0, width, height)
  const pixels = new Uint8Array(width * height * 3)
  for (let at = 0, to = 0; at < data.length; at += 4) {
    pixels[to++] = data[at]!
    pixels[to++] = data[at + 1]!
    pixels[to++] = data[at + 2]!
  }
  return squeeze({ data: pixels, width, height })
}

/** What tells a file's content from others: two hashes of 32 bits (FNV-1a), since pages of plain http have no SHA-256. */
export async function keyOf(file: Blob): Promise<string> {
  let [one, other] = [0x811c9dc5, 0x9747b28c]
  for (const byte of new Uint8Array(await file.arrayBuffer())) {
    one = Math.imul(one ^ byte, 0x01000193)
    other = Math.imul(other ^ byte, 0x85ebca6b)
    other ^= other >>> 13
  }
  return `${(one >>> 0).toString(16)}-${(other >>> 0).toString(16)}-${file.size}`
}
