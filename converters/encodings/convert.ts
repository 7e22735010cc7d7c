import { UserError } from '../../models/contracts/index.ts';
import type { EncodingsFile, EncodingsVersion, Loss } from './encoding.ts';
import { writeEncodings, type WrittenEncodings } from './format/write.ts';
import type { TensorLayouts } from './model/layout.ts';

export interface ConvertOptions {
  /** Of the model that the encodings belong to. */
  readonly layouts?: TensorLayouts | undefined;
  /** Leave out what the version cannot say, instead of refusing. */
  readonly allowLoss?: boolean;
}

/** A file in another version. Throws UserError with what the version cannot say, unless losses are allowed. */
export function convertEncodings(
  file: EncodingsFile,
  version: EncodingsVersion,
  { layouts, allowLoss = false }: ConvertOptions = {},
): WrittenEncodings {
  const written = writeEncodings(file, version, layouts);
  if (written.losses.length === 0 || allowLoss) return written;
  const modelHelps = !layouts && written.losses.some(({ what }) => what.includes('name the model'));
  throw new UserError(`Version ${version} cannot say all of it: ${lossesText(written.losses)}.`, [
    ...(modelHelps ? ['Name the model that the encodings belong to: --model FILE.'] : []),
    'Leave it out: --allow-loss.',
  ]);
}

/** The first few, for a message. */
export function lossesText(losses: readonly Loss[]): string {
  const more = losses.length > 5 ? `; and ${losses.length - 5} more` : '';
  return `${losses.slice(0, 5).map(lossText).join('; ')}${more}`;
}

export function lossText({ tensor, what }: Loss): string {
  return tensor === null ? what : `"${tensor}": ${what}`;
}

/** The text of a written file. */
export function encodingsText(json: object): string {
  return `${JSON.stringify(json, null, 1)}\n`;
}
