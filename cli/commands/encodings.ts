import { resolve } from 'node:path';
import {
  applyEncodings,
  convertEncodings,
  coverageOf,
  encodingsText,
  type EncodingsVersion,
  extractEncodings,
  layoutsOf,
  lossText,
  permuteEncoding,
  type TensorLayouts,
  writeEncodings,
} from '../../converters/encodings/index.ts';
import { crdToDcr } from '../../converters/rewrites/permute/order.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { writeModel } from '../../models/onnx/write.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { coverageText } from '../text/encodings-text.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { modelRef, shownPath } from '../work/model-refs.ts';
import { type OpenedModel, openModel } from '../work/open-model.ts';
import { readEncodingsFile } from '../work/read-encodings.ts';
import { makeFolderOf, refuseOverwriting, writeFileSafely } from '../write-file.ts';

interface ConvertOptions {
  readonly out: string;
  readonly to: EncodingsVersion;
  readonly model?: string;
  readonly allowLoss?: boolean;
}

/** `dyno encodings convert`: the same encodings in another version of the format. */
export const convert: Handler<ConvertOptions> = async ([path], options, session) => {
  const cwd = session.io.cwd();
  const file = readEncodingsFile(path as string, cwd);
  const layouts = options.model === undefined ? undefined : layoutsAt(resolve(cwd, options.model));
  const { json, losses } = convertEncodings(file, options.to, { layouts, allowLoss: options.allowLoss === true });
  writeFileSafely(options.out, encodingsText(json), cwd);
  await session.present({
    json: { from: file.version, to: options.to, encodings: file.encodings.size, losses, written: options.out },
    text: [
      `${plural(file.encodings.size, 'encoding')} of version ${file.version} written as ${options.to} to ${session.style.bold(options.out)}`,
      ...lines(
        losses.map((loss) => `not said: ${lossText(loss)}`),
        session.style,
      ),
    ].join('\n'),
  });
  return EXIT.ok;
};

interface PermuteOptions {
  readonly out: string;
  readonly tensor: readonly string[];
  readonly order?: string;
  readonly crdToDcr?: string;
  readonly axis?: string;
}

/** `dyno encodings permute`: encodings of weights whose channels were put in another order. */
export const permute: Handler<PermuteOptions> = async ([path], options, session) => {
  const cwd = session.io.cwd();
  const file = readEncodingsFile(path as string, cwd);
  const order = orderOf(options);
  const axis = options.axis === undefined ? null : (wholeNumbers(options.axis, '--axis')[0] as number);
  const encodings = new Map(file.encodings);
  const unmoved: string[] = [];
  for (const name of options.tensor) {
    const encoding = encodings.get(name);
    if (!encoding)
      throw new UserError(`The file has no encoding of "${name}".`, [
        `It has ${[...encodings.keys()].slice(0, 5).join(', ')}${encodings.size > 5 ? ' …' : ''}.`,
      ]);
    const permuted = permuteEncoding(encoding, axis, order);
    if (permuted === encoding) unmoved.push(name);
    encodings.set(name, permuted);
  }
  const { json } = writeEncodings({ ...file, encodings }, file.version);
  writeFileSafely(options.out, encodingsText(json), cwd);
  await session.present({
    json: { tensors: options.tensor, order, unmoved, written: options.out },
    text: [
      `${plural(options.tensor.length - unmoved.length, 'encoding')} permuted, written to ${session.style.bold(options.out)}`,
      ...lines(
        unmoved.map((name) => `"${name}" has no scales along that axis: nothing to permute`),
        session.style,
      ),
    ].join('\n'),
  });
  return EXIT.ok;
};

/** `dyno encodings coverage`: which tensors of a model have encodings. Exit 1 where encodings fit nothing. */
export const coverage: Handler<object> = async ([modelArg, path], _options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const ref = modelRef(modelArg as string, config, cwd);
  const file = readEncodingsFile(path as string, cwd);
  const opened = openModel(ref.path);
  const found = using(opened, ({ model }) => coverageOf(model.graph, file));
  await session.present({
    json: { model: shownPath(ref.path, cwd), version: file.version, encodings: file.encodings.size, ...found },
    text: [
      `${session.style.bold(shownPath(ref.path, cwd))} and ${path} (version ${file.version})`,
      coverageText(found, session.style),
    ].join('\n'),
  });
  return found.mismatches.length > 0 ? EXIT.failed : EXIT.ok;
};

/** `dyno encodings apply`: a QDQ model from a float model and encodings. */
export const apply: Handler<{ readonly out: string; readonly allowLoss?: boolean }> = async ([modelArg, path], options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const ref = modelRef(modelArg as string, config, cwd);
  const out = resolve(cwd, options.out);
  refuseOverwriting(ref.path, out);
  const file = readEncodingsFile(path as string, cwd);
  const { onnx, model, close } = openModel(ref.path);
  try {
    const { model: quantized, ...applied } = applyEncodings(model, file, { allowLoss: options.allowLoss === true });
    makeFolderOf(out);
    const written = await writeModel(quantized.toProto(), out, { from: onnx, signal: session.signal });
    await session.present({
      json: { model: shownPath(ref.path, cwd), ...applied, written },
      text: [
        `${plural(applied.activations, 'activation')} and ${plural(applied.parameters, 'parameter')} quantized`,
        `  ${plural(applied.derivedBiases, 'bias', 'biases')} in int32 by input and weight scales`,
        ...lines([...applied.notes, ...applied.losses.map((loss) => `stays in float: ${lossText(loss)}`)], session.style),
        `  written to ${session.style.bold(shownPath(out, cwd))}`,
      ].join('\n'),
    });
  } finally {
    close();
  }
  return EXIT.ok;
};

interface ExtractOptions {
  readonly out: string;
  readonly float?: string;
  readonly to: EncodingsVersion;
  readonly allowLoss?: boolean;
}

/** `dyno encodings extract`: encodings, and a float model, from a QDQ model. */
export const extract: Handler<ExtractOptions> = async ([modelArg], options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const ref = modelRef(modelArg as string, config, cwd);
  const out = options.float === undefined ? null : resolve(cwd, options.float);
  if (out !== null) refuseOverwriting(ref.path, out);
  const { onnx, model, close } = openModel(ref.path);
  try {
    const extracted = extractEncodings(model, { version: options.to, allowLoss: options.allowLoss === true });
    const { json, losses } = convertEncodings(extracted.file, options.to, {
      layouts: layoutsOf(extracted.model.graph),
      allowLoss: options.allowLoss === true,
    });
    if (out !== null) makeFolderOf(out);
    const written = out === null ? null : await writeModel(extracted.model.toProto(), out, { from: onnx, signal: session.signal });
    writeFileSafely(options.out, encodingsText(json), cwd);
    const lost = [...extracted.losses, ...losses];
    await session.present({
      json: {
        model: shownPath(ref.path, cwd),
        version: options.to,
        encodings: extracted.file.encodings.size,
        notes: extracted.notes,
        losses: lost,
        written: options.out,
        float: written,
      },
      text: [
        `${plural(extracted.file.encodings.size, 'encoding')} written as ${options.to} to ${session.style.bold(options.out)}`,
        ...lines([...extracted.notes, ...lost.map((loss) => `not said: ${lossText(loss)}`)], session.style),
        ...(out === null ? [] : [`  float model written to ${session.style.bold(shownPath(out, cwd))}`]),
      ].join('\n'),
    });
  } finally {
    close();
  }
  return EXIT.ok;
};

function layoutsAt(path: string): TensorLayouts {
  const opened = openModel(path);
  opened.close();
  return layoutsOf(opened.model.graph);
}

function using<T>(opened: OpenedModel, work: (opened: OpenedModel) => T): T {
  try {
    return work(opened);
  } finally {
    opened.close();
  }
}

function orderOf({ order, crdToDcr: pair }: PermuteOptions): number[] {
  if ((order === undefined) === (pair === undefined))
    throw new UserError('Which order? Give --order or --crd-to-dcr, one of the two.', [
      'dyno encodings permute F --tensor last.weight --crd-to-dcr 3,2 -o G',
    ]);
  if (order !== undefined) return wholeNumbers(order, '--order');
  const [colours, blocksize, ...more] = wholeNumbers(pair as string, '--crd-to-dcr');
  if (!colours || !blocksize || more.length > 0)
    throw new UserError(`--crd-to-dcr ${pair} is not colours and block size.`, [
      'For three colours and a DepthToSpace of 2: --crd-to-dcr 3,2',
    ]);
  return crdToDcr(colours * blocksize * blocksize, blocksize);
}

function wholeNumbers(text: string, flag: string): number[] {
  const parts = text.split(',').map((part) => part.trim());
  if (!parts.every((part) => /^\d+$/.test(part)))
    throw new UserError(`${flag} ${text} are no whole numbers.`, [`Write them with commas: ${flag} 0,4,8,1,5,9`]);
  return parts.map(Number);
}

function lines(notes: readonly string[], style: Style): string[] {
  return notes.map((note) => `  ${style.yellow('!')} ${note}`);
}
