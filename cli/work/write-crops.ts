import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ORIGINAL, type CropChoice } from '../../reports/quality/crops.ts';
import { encodeCrop } from '../../reports/quality/crop-files.ts';
import { writeFileSafely } from '../write-file.ts';

/** A window that was written, as `crops.json` lists it. */
interface WrittenCrop {
  readonly image: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly of: string | null;
  readonly against: string | null;
  readonly files: readonly { readonly variant: string; readonly psnr: number | null; readonly picture: string; readonly difference: string | null }[];
}

/**
 * Writes windows as PNG files into a folder: the original, each variant, and the colour map of its difference to the original, with `crops.json` as the
 * list of them. Returns that list.
 */
export async function writeCrops(windows: readonly CropChoice[], folder: string): Promise<WrittenCrop[]> {
  mkdirSync(folder, { recursive: true });
  const written: WrittenCrop[] = [];
  for (const [index, choice] of windows.entries()) {
    const { views, image, x, y, width, height, of = null, against = null } = await encodeCrop(choice);
    const rank = windows.slice(0, index).filter((other) => other.of === choice.of && other.against === choice.against).length + 1;
    const stem = safe(`${of ?? 'crop'}-vs-${against ?? ORIGINAL}-${rank}`);
    const files = views.map(({ variant, psnr, png, difference }) => {
      const picture = `${stem}-${safe(variant)}.png`;
      writeFileSafely(join(folder, picture), png, folder);
      const map = difference ? `${stem}-${safe(variant)}-difference.png` : null;
      if (map && difference) writeFileSafely(join(folder, map), difference.png, folder);
      return { variant, psnr, picture, difference: map };
    });
    written.push({ image, x, y, width, height, of, against, files });
  }
  writeFileSafely(join(folder, 'crops.json'), `${JSON.stringify(written, null, 1)}\n`, folder);
  return written;
}

function safe(name: string): string {
  return name.replace(/[^\w.-]+/g, '-');
}
