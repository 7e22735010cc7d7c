import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { type Model, staticShape } from '../../models/graph/index.ts';
import { writeModel } from '../../models/onnx/index.ts';
import { bitsOf, type ChainPlan, type ChainRequest, type PlannedFile } from './chain-request.ts';
import { identifier } from './match-faces.ts';
import { overridesOf } from './overrides.ts';
import { planChain, toolsOf } from './plan-chain.ts';
import { toolFlags } from './probe-flags.ts';
import { INPUT_LIST, inputListText, RAW_FOLDER, type RawLayout, rawAxes, rawName, writeRawInputs } from './raw-inputs.ts';
import { graphName, realInputs, type SdkConversion, spatialFirst } from './sdk-conversion.ts';

/** What lies in the work folder before the first step. */
export interface Prepared {
  readonly files: readonly PlannedFile[];
  /** Raw files, relative to the work folder. */
  readonly raws: readonly string[];
  readonly how: readonly string[];
  readonly notes: readonly string[];
}

export interface PreparedWork {
  readonly plan: ChainPlan;
  readonly request: ChainRequest;
  readonly prepared: Prepared;
}

/** Names relative to the work folder. */
const SOURCE = 'source.onnx';
const ENCODINGS = 'encodings.json';

/** Plans a conversion, and writes what the plan reads into the work folder; `dry` writes nothing. */
export async function prepare(work: string, job: SdkConversion, { dry }: { readonly dry: boolean }): Promise<PreparedWork> {
  const { chain, form, precision, model } = job;
  const quantized = bitsOf(precision) !== null;
  const overrides = overridesOf(model, job.encodings, quantized);
  const feeds = quantized ? job.feeds : null;
  if (quantized && feeds === null && overrides === null) {
    throw new UserError(`${precision} needs data to calibrate with.`, ['Give pictures or .npy files (--data DIR), or encodings (--encodings FILE).']);
  }
  const float = overrides?.float ?? null;
  if (dry && float) throw new UserError('The model is quantized: its float form has to be written for the tools.', ['Name a folder for it: --print-commands --keep-workdir DIR.']);
  const layout = rawLayout(job);
  const flags = new Map<string, ReadonlySet<string>>();
  for (const tool of toolsOf({ chain, form, precision })) flags.set(tool, await toolFlags(tool, job));
  const request: ChainRequest = {
    chain, form, precision, sdk: job.sdk, python: job.python, environment: job.environment, flags, model: float ? join(work, SOURCE) : resolve(job.modelPath),
    graph: graphName(job.modelPath), shapes: job.shapes, inputList: feeds ? INPUT_LIST : null, nativeInputs: layout.native,
    overrides: overrides ? ENCODINGS : null, preserveIo: job.preserveIo, soc: job.soc, work,
  };
  const plan = planChain(request);
  const names = realInputs(model).map(({ name }) => name);
  const files: PlannedFile[] = [
    ...(feeds ? [{ path: INPUT_LIST, text: inputListText(names, feeds.length) }] : []), ...(overrides ? [{ path: ENCODINGS, text: overrides.text }] : []),
  ];
  if (!dry) {
    for (const { path, text } of files) writeFileSync(join(work, path), text);
    if (float) await writeModel(float.toProto(), join(work, SOURCE), { from: job.onnx });
    if (feeds) writeRawInputs(join(work, RAW_FOLDER), names, feeds, layout);
  }
  const raws = (feeds ?? []).flatMap((_, feed) => names.map((name) => `${RAW_FOLDER}/${rawName(name, feed)}`));
  return { plan, request, prepared: { files, raws, how: howToMake(model, layout), notes: overrides?.notes ?? [] } };
}

/** How calibration files of a conversion are laid out: in the axes that the converter will have, in its own types where one input is not float32. */
export function rawLayout(job: Pick<SdkConversion, 'chain' | 'preserveIo' | 'model'>): RawLayout {
  return { spatialFirst: spatialFirst(job), native: realInputs(job.model).some(({ type }) => type.dtype !== 'float32') };
}

function howToMake(model: Model, layout: RawLayout): string[] {
  return realInputs(model).map(({ name, type }) => {
    const dims = staticShape(type) ?? [];
    const axes = rawAxes(dims, layout);
    const sizes = (axes ? axes.map((axis) => dims[axis]) : dims).join(' x ');
    const dtype = layout.native ? type.dtype : 'float32';
    return `${RAW_FOLDER}/N-${identifier(name)}.raw: ${dtype}, little-endian, ${sizes}${axes ? ' (channels last)' : ''}. dyno writes them with --keep-workdir DIR.`;
  });
}
