import { mkdirSync, writeFileSync } from 'node:fs';
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

/** Everything that has to lie in the work folder, and the plan that reads it. `dry` writes no payloads. */
export async function prepare(work: string, job: SdkConversion, { dry }: { readonly dry: boolean }): Promise<{ plan: ChainPlan; prepared: Prepared; request: ChainRequest }> {
  const { chain, form, precision, model, onnx } = job;
  const quantized = bitsOf(precision) !== null;
  const overrides = overridesOf(model, job.encodings, quantized);
  const names = realInputs(model).map(({ name }) => name);
  if (quantized && job.feeds === null && overrides === null) throw new UserError(`${precision} needs data to calibrate with.`, ['Give pictures or .npy files (--data DIR), or encodings (--encodings FILE).']);
  const feeds = quantized ? job.feeds : null;
  const layout = rawLayout(job);
  const source = overrides?.float ? join(work, 'source.onnx') : job.modelPath;
  if (dry && overrides?.float) throw new UserError('The model is quantized: its float form has to be written for the tools.', ['Name a folder for it: --print-commands --keep-workdir DIR.']);
  if (overrides?.float && !dry) await writeModel(overrides.float.toProto(), source, { from: onnx });
  const files: PlannedFile[] = [
    ...(feeds ? [{ path: INPUT_LIST, text: inputListText(names, feeds.length) }] : []), ...(overrides ? [{ path: 'encodings.json', text: overrides.text }] : []),
  ];
  if (!dry) {
    for (const { path, text } of files) writeFileSync(join(work, path), text);
    if (feeds) {
      mkdirSync(join(work, RAW_FOLDER), { recursive: true });
      writeRawInputs(join(work, RAW_FOLDER), names, feeds, layout);
    }
  }
  const flags = new Map<string, ReadonlySet<string>>();
  for (const tool of toolsOf({ chain, form, precision })) flags.set(tool, await toolFlags(tool, job));
  const request: ChainRequest = {
    chain, form, precision, sdk: job.sdk, python: job.python, environment: job.environment, flags, model: resolve(source), graph: graphName(job.modelPath), shapes: job.shapes,
    inputList: feeds ? INPUT_LIST : null, nativeInputs: layout.native, overrides: overrides ? 'encodings.json' : null, preserveIo: job.preserveIo, soc: job.soc, work,
  };
  const raws = (feeds ?? []).flatMap((_, feed) => names.map((name) => `${RAW_FOLDER}/${rawName(name, feed)}`));
  return { plan: planChain(request), request, prepared: { files, raws, how: howToMake(model, layout), notes: overrides?.notes ?? [] } };
}

/** How calibration files of a conversion are laid out: in the axes that the converter will have, in its own types where one input is not float32. */
export function rawLayout(job: Pick<SdkConversion, 'chain' | 'preserveIo' | 'model'>): RawLayout {
  return { spatialFirst: spatialFirst(job), native: realInputs(job.model).some(({ type }) => type.dtype !== 'float32') };
}

function howToMake(model: Model, layout: RawLayout): string[] {
  return realInputs(model).map(({ name, type }) => {
    const dims = staticShape(type) ?? [];
    const shape = (rawAxes(dims, layout) ?? dims.map((_, axis) => axis)).map((axis) => dims[axis]);
    return `${RAW_FOLDER}/N-${identifier(name)}.raw: ${layout.native ? type.dtype : 'float32'}, little-endian, ${shape.join(' x ')}${rawAxes(dims, layout) ? ' (channels last)' : ''}. dyno writes them with --keep-workdir DIR.`;
  });
}
