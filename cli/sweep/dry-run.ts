import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactStore } from '../pipeline/artifacts.ts';
import { FinishedSteps } from '../pipeline/finished-steps.ts';
import { StepLedger } from '../pipeline/step-ledger.ts';
import type { Step } from '../pipeline/step.ts';
import type { Result } from '../session.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import { axisText } from './axes.ts';
import type { PlannedVariant } from './plan-sweep.ts';
import type { PreparedSweep } from './run-sweep.ts';
import { AXES } from './sweep-file.ts';

/** The matrix, and what each variant still takes. Nothing is run or written. */
export function dryRun({ file, matrix, settings, plan }: PreparedSweep, directory: string, style: Style): Result {
  const finished = finishedIds(plan.steps, directory);
  const variants = plan.variants.map((variant) => {
    const steps = stepsOf(variant);
    const lacks = [
      ...(variant.impossible === null ? [] : [variant.impossible]), ...(variant.untrained === null ? [] : ['untrained: no quality']),
      ...settings.datasets.flatMap(({ name, pictures }) => (pictures || variant.untrained !== null ? [] : [`${name} is not here`])),
    ];
    return { id: variant.id, axes: variant.axes, shown: variant.isShown, input: variant.size, steps, done: steps.filter((id) => finished.has(id)), lacks };
  });
  const todo = plan.steps.filter(({ id }) => !finished.has(id));
  const kinds = [...new Set(todo.map(({ kind }) => kind))].map((kind) => plural(todo.filter((step) => step.kind === kind).length, `${kind} step`));
  const rows = variants.map(({ axes, shown, input, steps, done, lacks }) => [
    ...AXES.map((axis) => axisText(axis, axes[axis])), input ? input.join('×') : '–', `${done.length}/${steps.length}`, [...(shown ? [] : ['baseline only']), ...lacks].join('; '),
  ]);
  return {
    json: {
      name: file.name, directory, lines: matrix.lines.length, variants,
      steps: plan.steps.map(({ id, kind, title, needs }) => ({ id, kind, title, needs, done: finished.has(id) })),
    },
    text: [
      formatTable([...AXES.map((title) => ({ title })), { title: 'input' }, { title: 'done', align: 'right' }, { title: '' }], rows, style.dim), '',
      `${plural(matrix.variants.length, 'variant')} in ${plural(matrix.lines.length, 'line')}; ${todo.length === 0 ? 'everything is done' : `to do: ${kinds.join(', ')}`}.`,
    ].join('\n'),
  };
}

/** Steps whose own results a variant's cells are read from. */
function stepsOf({ steps: { sized, agreed, times, placed, estimated, scored } }: PlannedVariant): string[] {
  return [sized, times, agreed, ...Object.values(placed), ...Object.values(estimated), ...Object.values(scored)].filter((id) => id !== null);
}

/** Those whose results lie in the folder, for the same inputs. */
function finishedIds(steps: readonly Step[], directory: string): ReadonlySet<string> {
  const ids = new Set<string>();
  if (!existsSync(join(directory, 'steps'))) return ids;
  const finished = new FinishedSteps(directory, new ArtifactStore(directory));
  const ledger = new StepLedger(steps);
  for (const step of steps) {
    const before = step.needs.every((id) => ids.has(id)) ? finished.read(step, ledger.hashOf(step)) : null;
    if (!before) continue;
    ids.add(step.id);
    ledger.keep(step, before.output);
  }
  return ids;
}
