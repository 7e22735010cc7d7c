import { join } from 'node:path';
import { DynoError } from '../../../models/contracts/errors.ts';
import type { Model } from '../../../models/graph/model.ts';
import type { OnnxModel } from '../../../models/onnx/read.ts';
import { type WriteReport, writeModel } from '../../../models/onnx/write.ts';
import type { Artifact } from '../../pipeline/artifacts.ts';
import type { Step, StepContext, StepResult } from '../../pipeline/step.ts';
import { openModel } from '../../work/open-model.ts';

/** A model that a step has made, or why there is none. */
export interface Built {
  /** Absolute, or inside the sweep's folder. */
  readonly file: string | null;
  readonly sha256: string | null;
  /** Files of the sweep that it consists of. */
  readonly artifacts: readonly Artifact[];
  readonly failed: string | null;
  /** What a reader should know of how it was made; those of earlier steps come first. */
  readonly notes: readonly string[];
}

/** What is made of a model, and a sentence for the log. */
export interface Made {
  readonly written: WriteReport;
  readonly notes: readonly string[];
  readonly summary: string;
}

export interface TransformOptions {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  /** Step that made the model. */
  readonly from: string;
  readonly key: unknown;
  /** Name of the file among the artifacts. */
  readonly name: string;
  /** Reads the model at `path` and writes another one to `out`. */
  make(path: string, out: string, context: StepContext): Promise<Made>;
}

/** A step that makes one model of another. What cannot be made is an outcome that cells tell, and the other variants go on. */
export function transformStep({ id, kind, title, from, key, name, make }: TransformOptions): Step {
  return {
    id, kind, title, needs: [from], key,
    run: (context) => orFailed(context, async () => {
      const before = context.input<Built>(from);
      if (before.file === null) return passedOn(before);
      const { written, notes, summary } = await make(context.artifacts.at(before.file), join(context.scratch, 'model.onnx'), context);
      const artifacts = await context.artifacts.takeModel(written, name);
      const output: Built = { file: artifacts[0].path, sha256: artifacts[0].sha256, artifacts, failed: null, notes: [...before.notes, ...notes] };
      return { output, summary };
    }),
  };
}

/** A model in memory, written by a step. */
export async function writeTransformed(model: Model, out: string, onnx: OnnxModel, signal: AbortSignal): Promise<WriteReport> {
  return writeModel(model.toProto(), out, { from: onnx, signal });
}

/** Opens a model for as long as `work` takes. */
export async function withModel<T>(path: string, work: (opened: ReturnType<typeof openModel>) => Promise<T>): Promise<T> {
  const opened = openModel(path);
  try {
    return await work(opened);
  } finally {
    opened.close();
  }
}

/** The result, or what the user is told of the failure, which is tried again next time; interruptions and bugs are thrown. */
export async function orFailed(context: StepContext, work: () => Promise<StepResult>): Promise<StepResult> {
  try {
    return await work();
  } catch (error) {
    if (context.signal.aborted || !(error instanceof DynoError)) throw error;
    context.warn('not-done', error.message, error.nextSteps[0] ?? null);
    return { output: failedWith(error.message), summary: error.message, outcome: 'skipped', partial: true };
  }
}

/** Without a model there is nothing that later steps could do. */
export function passedOn({ failed }: Pick<Built, 'failed'>): StepResult {
  return { output: failedWith(failed ?? 'not built'), summary: failed ?? 'not built', outcome: 'skipped' };
}

function failedWith(message: string): Built {
  return { file: null, sha256: null, artifacts: [], failed: message, notes: [] };
}
