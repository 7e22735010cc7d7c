import { type Coverage, lossText, type Mismatch, type MissingReason } from '../../converters/encodings/index.ts';
import type { Style } from '../ui/style.ts';
import { plural } from '../ui/numbers.ts';
import type { RewrittenEncodings } from '../work/follow-encodings.ts';

const SHOWN = 8;

const REASONS: Readonly<Record<MissingReason, string>> = {
  needed: 'compilers calibrate these themselves',
  fused: 'fused into the activation behind them',
  moved: "moved data, which has its source's",
  bias: 'biases, which follow input and weight scales',
};

/** What has encodings in a model, for a person. */
export function coverageText(coverage: Coverage, style: Style): string {
  const groups = (Object.keys(REASONS) as MissingReason[]).flatMap((why) => {
    const names = coverage.missing.filter((missing) => missing.why === why).map(({ tensor }) => tensor);
    return names.length > 0 ? [`  ${style.dim(`without: ${names.length} ${REASONS[why]}:`)} ${listed(names)}`] : [];
  });
  return [`  ${counts(coverage)} have encodings`, ...groups, ...coverage.mismatches.map((mismatch) => mismatchText(mismatch, style))].join(
    '\n',
  );
}

/** What became of the encodings of a rewritten model. */
export function rewrittenEncodingsText(
  { before, after, kept, changes, losses }: RewrittenEncodings,
  style: Style,
  details: boolean,
): string {
  const actions = ['permuted', 'renamed', 'recomputed', 'copied', 'dropped'] as const;
  const told = actions.flatMap((action) => {
    const found = changes.filter((change) => change.action === action);
    const shown = details || action === 'recomputed' || action === 'dropped' ? found.slice(0, details ? found.length : SHOWN) : [];
    return found.length === 0
      ? []
      : [`    ${found.length} ${action}`, ...shown.map(({ tensor, why }) => style.dim(`      ${tensor}: ${why}`))];
  });
  return [
    `  ${style.bold('encodings')} of ${counts(before)} before, ${counts(after)} after`,
    `    ${kept} as they were`,
    ...told,
    ...losses.map((loss) => style.yellow(`    ! not written: ${lossText(loss)}`)),
  ].join('\n');
}

function counts({ activations, parameters }: Coverage): string {
  const of = (count: Coverage['activations'], noun: string): string => `${count.covered} of ${plural(count.total, noun)}`;
  return `${of(activations, 'activation')} and ${of(parameters, 'parameter')}`;
}

function mismatchText({ what, near }: Mismatch, style: Style): string {
  return `  ${style.red('✗')} ${what}${near.length > 0 ? style.dim(`; close: ${near.join(', ')}`) : ''}`;
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ` … and ${names.length - SHOWN} more` : ''}`;
}
