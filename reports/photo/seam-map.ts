import sharp from 'sharp';
import { TempFile } from '../../models/onnx/temp-file.ts';
import { colorAt } from '../quality/color-map.ts';
import { FULL_SCALE_LEVELS } from '../quality/difference-map.ts';
import type { Size } from '../quality/infer.ts';

/** Longest side of a map. */
const MOST = 1600;
const UNSEEN = [38, 38, 46] as const;

/** A picture of where tiles differ from others that lie across their borders: the largest difference that falls on a pixel of the map. Grey was not looked at. */
export class SeamMap {
  readonly #levels: Int16Array;
  readonly #shrink: number;
  readonly #width: number;
  readonly #height: number;

  /** `photo`: size of the result. */
  constructor(photo: Size) {
    this.#shrink = Math.max(1, Math.max(photo.width, photo.height) / MOST);
    [this.#width, this.#height] = [photo.width, photo.height].map((side) => Math.max(1, Math.ceil(side / this.#shrink))) as [number, number];
    this.#levels = new Int16Array(this.#width * this.#height).fill(-1);
  }

  add(x: number, y: number, levels: number): void {
    const at = Math.floor(y / this.#shrink) * this.#width + Math.floor(x / this.#shrink);
    if (levels > (this.#levels[at] as number)) this.#levels[at] = levels;
  }

  /** As PNG; `FULL_SCALE_LEVELS` levels and more have the brightest colour. */
  async write(path: string): Promise<void> {
    const rgb = Buffer.alloc(this.#levels.length * 3);
    this.#levels.forEach((levels, i) => {
      rgb.set(levels < 0 ? UNSEEN : colorAt(levels / FULL_SCALE_LEVELS), 3 * i);
    });
    const file = new TempFile(path);
    try {
      await sharp(rgb, { raw: { width: this.#width, height: this.#height, channels: 3 } }).png().toFile(file.path);
      file.commit();
    } finally {
      file.discard();
    }
  }
}
