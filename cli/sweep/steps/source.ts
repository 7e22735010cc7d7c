import { join } from 'node:path';
import { writeModel } from '../../../models/onnx/write.ts';
import { generateNetwork, randomWeights, trainedFrom } from '../../../models/zoo/index.ts';
import type { Step } from '../../pipeline/step.ts';
import { OPEN_SIDE, type Source, weightsFolder } from '../source.ts';
import type { Size } from '../resolution.ts';
import { type Built, orFailed } from './built.ts';

/** A model as it comes. */
export interface SourceBuilt extends Built {
  /** Trained numbers as papers count them; null where only the file can tell. */
  readonly parameters: number | null;
}

export interface SourceStepOptions {
  readonly id: string;
  readonly model: string;
  readonly source: Source;
  /** Of a file: it and its data files. */
  readonly content: readonly string[];
  /** For networks whose sizes are in the graph. */
  readonly size: Size | null;
  readonly versions: object;
}

/** A file is left where it lies; a network of the zoo is generated, sizes open where it allows that. */
export function sourceStep({ id, model, source, content, size, versions }: SourceStepOptions): Step {
  const { origin, scale, open } = source;
  return {
    id, kind: 'source', title: origin.kind === 'file' ? `Read ${model}` : `Generate ${model}`, needs: [],
    key: { origin, scale, content, size: open ? null : size, versions },
    run: (context) => orFailed(context, async () => {
      if (origin.kind === 'file') {
        const output: SourceBuilt = { file: origin.path, sha256: content[0] ?? null, artifacts: [], failed: null, notes: [], parameters: null };
        return { output, summary: origin.path };
      }
      const weights = origin.trained ? trainedFrom(weightsFolder(), origin.network, scale as number) : randomWeights(origin.seed);
      const made = generateNetwork(origin.network, {
        ...(scale === null ? {} : { scale }), ...(origin.form ? { form: origin.form } : {}), weights, dynamic: open, size: size ?? [OPEN_SIDE, OPEN_SIDE],
      });
      const written = await writeModel(made.model, join(context.scratch, 'model.onnx'), { signal: context.signal });
      const artifacts = await context.artifacts.takeModel(written, model);
      const notes = made.network.reading === undefined ? [] : [made.network.reading];
      const output: SourceBuilt = { file: artifacts[0].path, sha256: artifacts[0].sha256, artifacts, failed: null, notes, parameters: made.parameters };
      return { output, summary: `${made.parameters} parameters, ${weights.origin}` };
    }),
  };
}
