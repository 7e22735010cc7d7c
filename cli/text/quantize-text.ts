import type { Choice, MixedPrecision, Sensitivity } from '../../converters/quantize/index.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import type { QuantizeOutcome } from '../work/quantize-model.ts';

export interface QuantizeAbout {
  readonly model: string;
  readonly out: string;
  readonly scheme: string;
  readonly range: string;
  readonly budget: number | null;
}

const RIGHT = { align: 'right' } as const;

/** What was quantized, how, and what was found out on the way. */
export function quantizeText(outcome: QuantizeOutcome, { model, out, scheme, range, budget }: QuantizeAbout, style: Style): string {
  const { choice, mixed, sensitivity, judged, images, dataset, quantizedNodes, floatNodes, notes, recipe } = outcome;
  return [
    `${style.bold(model)} in ${style.bold(scheme)}`,
    `  ${range === 'auto' ? recipe : `ranges by ${range}`} on ${plural(images, 'piece')} of ${dataset}`,
    ...(judged.length > 0 ? [`  judged on ${plural(judged.length, 'picture')} that no calibration saw`] : []),
    ...(choice ? ['', choiceText(choice, style), ''] : []),
    ...(sensitivity ? ['', sensitivityText(sensitivity, style), ''] : []),
    ...(mixed ? ['', mixedText(mixed, budget as number, style), ''] : []),
    `  ${plural(quantizedNodes, 'node')} quantized, ${floatNodes.length} in float`,
    ...notes.map((note) => `  ${style.yellow('!')} ${note}`),
    `  written to ${style.bold(out)}`,
  ].join('\n');
}

function choiceText({ trials, recipe, reasons }: Choice, style: Style): string {
  const rows = trials.map((trial) => [
    trial.recipe === recipe ? style.bold(`  ${trial.name}`) : `  ${trial.name}`, trial.score === null ? 'nothing to do' : trial.score.toFixed(2), trial.seconds.toFixed(1),
  ]);
  const table = formatTable([{ title: '  recipe' }, { title: 'dB to float', ...RIGHT }, { title: 's', ...RIGHT }], rows, style.dim);
  return [table, ...reasons.map((reason) => style.dim(`  ${reason}`))].join('\n');
}

function sensitivityText({ float, quantized, layers }: Sensitivity, style: Style): string {
  const rows = layers.map(({ layer, alone, spared }) => [`  ${layer.label}`, layer.opType, alone.toFixed(3), spared.toFixed(3)]);
  const columns = [{ title: '  layer' }, { title: '' }, { title: 'lost, it alone', ...RIGHT }, { title: 'gained, all but it', ...RIGHT }];
  return [formatTable(columns, rows, style.dim), style.dim(`  float ${float.toFixed(3)} dB, quantized ${quantized.toFixed(3)} dB PSNR of luma; computed`)].join('\n');
}

function mixedText({ steps, before, after, holds }: MixedPrecision, budget: number, style: Style): string {
  if (steps.length === 0) return `  loses ${before.toFixed(3)} dB with every activation in 8 bits: within the budget of ${budget} dB`;
  const rows = steps.map(({ layer, gain, loss }) => [`  ${layer.label}`, gain.toFixed(3), loss.toFixed(3)]);
  const table = formatTable([{ title: '  in 16 bits' }, { title: 'gain alone', ...RIGHT }, { title: 'loss so far', ...RIGHT }], rows, style.dim);
  const verdict = `loses ${after.toFixed(3)} dB, and ${before.toFixed(3)} dB with every activation in 8 bits; the budget is ${budget} dB`;
  return [table, holds ? `  ${verdict}` : style.red(`  ${verdict}: not met even so`)].join('\n');
}
