// An image twice as wide by the network, in the page: the steps of usage/use.mjs for clean images.

import { Model } from '../../../lib/onnx/model'
import type { DeskFiles } from '../../../site/files'

export const MOST = 320 // pixels of a side; a larger photograph is cut in its middle

interface Facts {
  scale: number
  radius: number
  strength: number
}

export interface Enlarged {
  width: number
  height: number
  plain: ImageData // by the plain way (bicubic)
  sharp: ImageData
  added: Float32Array // how far the two are apart at each pixel, 0 to 1
}

/** The pixel that stands for one beyond the border: the image is mirrored there. */
export function mirrored(at: number, size: number): number {
  const place = ((at % (2 * size)) + 2 * size) % (2 * size)
  return place < size ? place : 2 * size - 1 - place
}

/** Three planes of an image in 0..1 with a mirrored border: [3, height + 2 radius, width + 2 radius]. */
export function planesOf({ data, width, height }: ImageData, radius: number): Float32Array<ArrayBuffer> {
  const [high, wide] = [height + 2 * radius, width + 2 * radius]
  const planes = new Float32Array(3 * high * wide)
  for (let plane = 0, to = 0; plane < 3; plane++)
    for (let row = 0; row < high; row++)
      for (let column = 0; column < wide; column++)
        planes[to++] = data[4 * (mirrored(row - radius, height) * width + mirrored(column - radius, width)) + plane]! / 255
  return planes
}

export class Enlarger {
  #model: Model
  #facts: Facts

  private constructor(model: Model, facts: Facts) {
    this.#model = model
    this.#facts = facts
  }

  static async open(files: DeskFiles, application: string): Promise<Enlarger> {
    const [model, facts] = await Promise.all([Model.open(files.get(application, 'upscale.onnx')), files.json<Facts>(application, 'upscale.json')])
    return new Enlarger(model, facts)
  }

  async enlarge(image: ImageData): Promise<Enlarged> {
    const { radius, scale, strength } = this.#facts
    const shape = [1, 3, image.height + 2 * radius, image.width + 2 * radius]
    const { bicubic, added } = await this.#model.run('picture', planesOf(image, radius), shape, 0, ['bicubic', 'added'])
    const [width, height] = [scale * image.width, scale * image.height]
    const size = width * height
    const found: Enlarged = { width, height, plain: new ImageData(width, height), sharp: new ImageData(width, height), added: new Float32Array(size) }
    const planes = added!.length / size // of luma alone, or of red, green and blue
    for (let at = 0; at < size; at++) {
      for (let plane = 0; plane < 3; plane++) {
        const [base, more] = [bicubic![plane * size + at]!, strength * added![(planes === 1 ? 0 : plane) * size + at]!]
        found.plain.data[4 * at + plane] = 255 * base
        found.sharp.data[4 * at + plane] = 255 * (base + more)
        found.added[at]! += Math.abs(more) / 3
      }
      found.plain.data[4 * at + 3] = found.sharp.data[4 * at + 3] = 255
    }
    return found
  }
}

/** A file's pixels, opaque; the middle of what is larger than MOST. */
export async function readPhotograph(file: Blob): Promise<ImageData> {
  const image = await createImageBitmap(file, { colorSpaceConversion: 'none' }).catch(() => {
    throw new Error('This file is no image that the browser can show; choose another.')
  })
  const [width, height] = [Math.min(MOST, image.width), Math.min(MOST, image.height)]
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  context.drawImage(image, Math.round((width - image.width) / 2), Math.round((height - image.height) / 2))
  image.close()
  return context.getImageData(0, 0, width, height)
}

/** Where most was added, in yellow over the sharp image in dark grey. */
export function paintAdded({ width, height, sharp, added }: Enlarged): ImageData {
  const image = new ImageData(width, height)
  const most = [...added].sort((one, other) => other - one)[Math.floor(added.length / 200)] || 1
  for (let at = 0; at < added.length; at++) {
    const share = Math.min(1, added[at]! / most)
    const grey = (0.3 * sharp.data[4 * at]! + 0.59 * sharp.data[4 * at + 1]! + 0.11 * sharp.data[4 * at + 2]!) * 0.4
    image.data.set([grey + (255 - grey) * share, grey + (200 - grey) * share, grey * (1 - share), 255], 4 * at)
  }
  return image
}
