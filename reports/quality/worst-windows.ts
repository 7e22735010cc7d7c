import { cropImage, type Image, type Plane, planesOf, roundTo8Bits } from './image.ts';
import { ORIGINAL } from './crops.ts';
import type { CropChoice, CropView } from './crops.ts';
import { psnr } from './psnr.ts';
import type { TestCase } from './test-case.ts';

export interface WindowOptions {
  /** Side of a window in original pixels; smaller where the image is. */
  readonly size: number;
  /** Windows kept for each pair. */
  readonly count: number;
  /** Variant that the others are compared with besides the original; null for none. */
  readonly reference: string | null;
}

interface Candidate extends CropChoice {
  /** Mean squared error. */
  readonly error: number;
}

/**
 * Finds, for every variant against the original and against the reference variant, the windows with the largest mean squared error over all
 * places of all pictures. Windows of one picture do not overlap. Only the worst so far are kept, so memory does not grow with the data set.
 */
export class WorstWindows {
  readonly #options: WindowOptions;
  readonly #worst = new Map<string, Candidate[]>();

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  add(test: TestCase, views: readonly CropView[]): void {
    const { reference } = this.#options;
    const base = views.find(({ variant }) => variant === reference);
    for (const view of views) {
      this.#look(test, view, { variant: ORIGINAL, image: test.hr }, [view]);
      if (base && view !== base) this.#look(test, view, base, [base, view]);
    }
  }

  /** The windows, pair by pair in the order of the variants, the worst first. */
  choose(): CropChoice[] {
    return [...this.#worst.values()].flatMap((candidates) => candidates.map(({ error: _error, ...choice }) => choice));
  }

  #look(test: TestCase, view: CropView, against: CropView, shown: readonly CropView[]): void {
    if (view.image.planes.length !== against.image.planes.length) return;
    const { size, count } = this.#options;
    const key = `${view.variant}\n${against.variant}`;
    const before = this.#worst.get(key) ?? [];
    const found = worstWindows(against.image, view.image, size, count).map(({ error, ...place }): Candidate => ({
      reason: 'worst', image: test.name, of: view.variant, against: against.variant, error, ...cut(test.hr, shown, place),
    }));
    this.#worst.set(key, [...before, ...found].sort((a, b) => b.error - a.error).slice(0, count));
  }
}

interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Up to `count` windows of `size`×`size` that do not overlap, by falling mean squared error over all channels of the 8-bit pictures, each place
 * tried (by an integral image). Windows without any error are left out; of equal ones the topmost, then leftmost goes first.
 */
export function worstWindows(reference: Image, test: Image, size: number, count: number): (Window & { readonly error: number })[] {
  const width = Math.min(size, reference.width);
  const height = Math.min(size, reference.height);
  const sums = integral(reference, test);
  const stride = reference.width + 1;
  const found: (Window & { error: number })[] = [];
  for (let n = 0; n < count; n++) {
    let best: (Window & { error: number }) | null = null;
    for (let y = 0; y + height <= reference.height; y++) {
      for (let x = 0; x + width <= reference.width; x++) {
        const [top, bottom] = [y * stride + x, (y + height) * stride + x];
        const error = ((sums[bottom + width] as number) - (sums[bottom] as number) - (sums[top + width] as number) + (sums[top] as number)) / (width * height * reference.planes.length);
        if (error <= (best?.error ?? 0) || found.some((other) => Math.abs(other.x - x) < width && Math.abs(other.y - y) < height)) continue;
        best = { x, y, width, height, error };
      }
    }
    if (!best) break;
    found.push(best);
  }
  return found;
}

/** Sums of squared differences over everything above and left: one row and column larger than the image. Whole numbers, so sums are exact. */
function integral(reference: Image, test: Image): Float64Array {
  const { width, height } = reference;
  const [a, b] = [reference, test].map((image) => planesOf(image).map((plane) => roundTo8Bits(plane).data)) as [Plane['data'][], Plane['data'][]];
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      for (let c = 0; c < a.length; c++) row += (((a[c] as Plane['data'])[i] as number) - ((b[c] as Plane['data'])[i] as number)) ** 2;
      sums[(y + 1) * (width + 1) + x + 1] = (sums[y * (width + 1) + x + 1] as number) + row;
    }
  }
  return sums;
}

function cut(hr: Image, shown: readonly CropView[], { x, y, width, height }: Window): Pick<CropChoice, 'x' | 'y' | 'original' | 'views'> {
  const piece = (image: Image): Image => cropImage(image, x, y, width, height);
  const original = piece(hr);
  return { x, y, original, views: shown.map(({ variant, image }) => ({ variant, image: piece(image), psnr: psnr(planesOf(original), planesOf(piece(image)).map(roundTo8Bits)) })) };
}
