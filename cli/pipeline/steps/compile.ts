import type { CompiledRecord } from '../../../models/contracts/records.ts';
import type { Model } from '../../../models/graph/model.ts';
import { formatBytes } from '../../../reports/model/format.ts';
import { type CheckOutcome, checkFor, withCompiler } from '../../work/check-model.ts';
import type { CompileCheck } from '../../work/compile-for-check.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import { openModel } from '../../work/open-model.ts';
import type { Artifact } from '../artifacts.ts';
import { compiledRecord } from '../compiled-record.ts';
import type { CompileOutput, RewriteOutput, VariantOutput } from '../outputs.ts';
import type { Step, StepContext, StepResult } from '../step.ts';

/** A variant and a chip that it is compiled for. */
export interface CompileSubject {
  /** Step that made the variant. */
  readonly step: string;
  readonly target: string;
  /** Step that holds what the rules predict; the variant's own where it is a rewritten one, null for quantized ones. */
  readonly check: string | 'own' | null;
}

export interface CompileStepOptions {
  readonly ref: ModelRef;
  readonly subjects: readonly CompileSubject[];
  /** Sizes of inputs that the file leaves open, `NAME=1x3x128x128`. */
  readonly shapes: readonly string[];
  /** Versions of the compiler; null where it is not installed, and `missing` says how to get it. */
  readonly tools: Readonly<Record<string, string>> | null;
  readonly missing: string | null;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Every variant for HTP, and the model as it came, through Qualcomm's compiler: placement, memory traffic, context binary; and whether what was
 * placed computes right in the emulator. Without a compiler the step is skipped, and the rest of the run goes on.
 */
export function compileStep({ ref, subjects, shapes, tools, missing, env }: CompileStepOptions): Step {
  const chips = [...new Set(subjects.map(({ target }) => target))];
  const needs = [...new Set(subjects.flatMap(({ step, check }) => (check === null || check === 'own' ? [step] : [step, check])))];
  return {
    id: `compile:${ref.id}`,
    kind: 'compile',
    title: `Compile ${ref.id} for ${chips.join(', ')}`,
    needs,
    mayLack: needs.filter((id) => id !== subjects[0]?.step),
    key: { subjects, shapes, tools },
    async run(context) {
      if (missing !== null) {
        context.warn('no-compiler', `Nothing was compiled for ${chips.join(', ')}: ${missing}`);
        return { output: { records: [], checks: [], artifacts: [], missing } satisfies CompileOutput, summary: 'not compiled', outcome: 'skipped' };
      }
      const { CompileCheck } = await import('../../work/compile-for-check.ts');
      const compiler = new CompileCheck(env);
      try {
        const isHere = ({ step, check }: CompileSubject): boolean => [step, check === 'own' ? null : check].every((id) => id === null || context.inputs([id]).length > 0);
        return await compileAll(compiler, subjects.filter(isHere), shapes, context);
      } finally {
        await compiler.close();
      }
    },
  };
}

async function compileAll(compiler: CompileCheck, subjects: readonly CompileSubject[], shapes: readonly string[], context: StepContext): Promise<StepResult> {
  const { input, progress, warn, signal, artifacts: store } = context;
  const [records, checks, artifacts] = [[] as CompiledRecord[], [] as { subject: string; outcome: CheckOutcome }[], new Map<string, Artifact>()];
  for (const [index, subject] of subjects.entries()) {
    const { step, target, check } = subject;
    const { variant, file } = input<VariantOutput>(step);
    progress(`${variant.id} for ${target}`, index, subjects.length);
    const path = store.at(file);
    const { model, close } = openModel(path, shapes);
    try {
      const predicted = predictionOf(subject, model, context);
      const question = { path, model, target, shapes, predicted: predicted.causes.flatMap(({ findings }) => findings), feeds: [], reproducer: null, signal };
      const answer = await compiler.ask({ ...question, verify: true, keep: true });
      checks.push({ subject: check === null || check === 'own' ? variant.id : variant.model, outcome: withCompiler(predicted, answer) });
      if ('missing' in answer) {
        warn('not-compiled', `${variant.id} for ${target}: ${answer.missing}`);
        continue;
      }
      records.push(compiledRecord(variant.id, answer, model));
      for (const binary of answer.context?.binaries ?? []) {
        const kept = store.copy(binary.path, `${variant.id.replaceAll('/', '-')}.${answer.report.chip}`, binary);
        artifacts.set(kept.path, kept);
      }
    } finally {
      close();
    }
  }
  return { output: { records, checks, artifacts: [...artifacts.values()], missing: null } satisfies CompileOutput, summary: summaryOf(records) };
}

/** What is known before the compiler speaks. Of quantized variants it alone is asked: rules look at the model before quantizing. */
function predictionOf({ step, target, check }: CompileSubject, model: Model, { input }: StepContext): CheckOutcome {
  if (check === 'own') return input<RewriteOutput>(step).after;
  return check === null ? { ...checkFor(model, target, 'w8a8'), causes: [] } : input<CheckOutcome>(check);
}

/** `4 of 4 one graph on HTP (2 with nodes on the CPU), 780 kB to 1.39 MB of DDR traffic`. */
function summaryOf(records: readonly CompiledRecord[]): string {
  const single = records.filter(({ segments, failure }) => failure === null && segments === 1);
  const split = single.filter(({ cpuNodes }) => cpuNodes > 0).length;
  const traffic = records.flatMap(({ traffic: t }) => (t ? [t.readBytes + t.writeBytes] : []));
  const range = traffic.length === 0 ? '' : `, ${formatBytes(Math.min(...traffic))} to ${formatBytes(Math.max(...traffic))} of DDR traffic`;
  return `${single.length} of ${records.length} one graph on HTP${split > 0 ? ` (${split} with nodes on the CPU)` : ''}${range}`;
}
