import { existsSync, fstatSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import type { EncodedModel } from './encode.ts';
import { fileError } from './file-error.ts';
import { type PlacedFile, type PlacementOptions, placeTensors } from './placement.ts';
import type { ModelProto } from './proto.ts';
import { readBack } from './read-back.ts';
import { readModel } from './read.ts';
import { SourceFile } from './source-file.ts';
import { TempFile } from './temp-file.ts';
import { type Content, sameContent, writePieces } from './transfer.ts';

export interface WriteOptions extends PlacementOptions {
  /** Stops the work; nothing is replaced then. */
  readonly signal?: AbortSignal;
}

export interface WriteReport {
  readonly path: string;
  /** Size of the model file. */
  readonly bytes: number;
  readonly dataFiles: readonly WrittenData[];
  /** What a reader should be told: tensors that had to move to a data file. */
  readonly notes: readonly string[];
}

export interface WrittenData {
  readonly path: string;
  readonly bytes: number;
  /** `kept`: was there already; `cloned`: shares its blocks with the original (reflink); `copied`; `written`: new content. */
  readonly how: 'kept' | 'cloned' | 'copied' | 'written';
}

/**
 * Saves a model. What was not edited is streamed from file to file; every byte is compared after writing and the structure is read back
 * through onnx-proto before the new file takes the target's place. Nothing is replaced when anything fails.
 */
export async function writeModel(proto: ModelProto, path: string, options: WriteOptions = {}): Promise<WriteReport> {
  const target = resolve(path);
  const placement = placeTensors(proto, target, options);
  if (placement.files.some((file) => file.path === target))
    throw new UserError(`${path} is also the name of a data file of this model.`, ['Give the model another name.']);
  const temps: TempFile[] = [];
  try {
    const dataFiles = [];
    for (const file of placement.files) dataFiles.push(await writeData(file, target, temps, options.signal));
    const model = new TempFile(target);
    temps.push(model);
    await writePieces(model.descriptor, pieces(placement.encoded), path, options.signal);
    model.close();
    await readBack(model.path, placement.proto, placement.encoded);
    options.signal?.throwIfAborted();
    putInPlace(temps, model);
    return { path, bytes: placement.encoded.size, dataFiles, notes: placement.notes };
  } catch (error) {
    throw fileError(error, path);
  } finally {
    for (const temp of temps) temp.discard();
  }
}

function pieces({ shell, payloads }: EncodedModel): Content[] {
  const all: Content[] = [];
  let from = 0;
  for (const { at, content } of payloads) {
    all.push(shell.subarray(from, at), content);
    from = at;
  }
  all.push(shell.subarray(from));
  return all;
}

async function writeData(file: PlacedFile, target: string, temps: TempFile[], signal: AbortSignal | undefined): Promise<WrittenData> {
  const { path, content } = file;
  if (content instanceof SourceFile) {
    if (file.kept || (existsSync(path) && (await holdsSame(path, content)))) return { path, bytes: content.size, how: 'kept' };
  }
  if (existsSync(path) && !refersTo(target, path)) {
    throw new UserError(`${path} is in the way: the data of this model would go there, and it holds other data.`, [
      'Remove it if it is not needed, or save the model into another folder.',
    ]);
  }
  mkdirSync(dirname(path), { recursive: true });
  const whole = content instanceof SourceFile;
  const temp = new TempFile(path, whole ? content.path : undefined);
  temps.push(temp);
  if (temp.cloned && whole) content.assertUnchanged();
  else await writePieces(temp.descriptor, whole ? [{ file: content, offset: 0, length: content.size }] : content, path, signal);
  return { path, bytes: fstatSync(temp.descriptor).size, how: temp.cloned ? 'cloned' : whole ? 'copied' : 'written' };
}

async function holdsSame(path: string, source: SourceFile): Promise<boolean> {
  const there = new SourceFile(path, 'Data file');
  const whole = (file: SourceFile) => ({ file, offset: 0, length: file.size });
  return there.size === source.size && sameContent(whole(there), whole(source));
}

/** True when the model at `target` keeps data in `path`, which may then be replaced along with it. */
function refersTo(target: string, path: string): boolean {
  try {
    const model = readModel(target);
    model.close();
    return model.dataFiles.includes(path);
  } catch {
    return false;
  }
}

/**
 * Data first, the model last. Where data are replaced, the old model goes before: at no moment does a model stand beside another one's
 * data.
 */
function putInPlace(temps: readonly TempFile[], model: TempFile): void {
  if (temps.some((temp) => temp !== model && existsSync(temp.target))) rmSync(model.target, { force: true });
  for (const temp of temps) temp.commit();
}
