import { complexity, type Row } from '../../converters/tune/index.ts';
import { formatBytes } from '../../reports/model/format.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import type { TuneOutcome } from '../work/tune-model.ts';

export interface TuneTextOptions {
  readonly style: Style;
  /** All candidates, also those that were not compiled. */
  readonly details: boolean;
}

const SHOWN = 12;

/** What a tuning came to, for a person: the table why, the proof, the files. */
export function tuneText(model: string, outcome: TuneOutcome, commands: readonly string[], snippet: string, options: TuneTextOptions): string {
  const { style, details } = options;
  const { result, chip, note, written } = outcome;
  const known = result.rows.filter(({ outcome: came }) => details || came !== 'pruned');
  const shown = details ? known : withBaseline(known.slice(0, SHOWN), known);
  const left = result.rows.length - shown.length;
  return [
    `${style.bold(model)} tuned for ${style.bold(chip)}: ${style.bold(result.winner.name)}`,
    ...(note ? [style.dim(`  ${note}`)] : []),
    '',
    table(shown, result.winner.name, style),
    ...(left > 0 ? [style.dim(`  ${plural(left, 'candidate')} more (--details)`)] : []),
    '',
    ...proofLines(outcome, style).map((line) => `  ${line}`),
    ...(written ? ['', `  written to ${style.bold(written.folder)}: ${written.files.filter((file) => !file.startsWith('compiled/')).join(', ')}`, ...written.artifacts.map(({ file, bytes, what }) => style.dim(`    compiled/${file}  ${what}, ${formatBytes(bytes)}`))] : []),
    '',
    '  The same again:',
    ...commands.map((command) => `    ${command}`),
    ...(snippet === '' ? [] : ['', '  In dyno.config.json:', ...snippet.split('\n').map((line) => `    ${line}`)]),
  ].join('\n');
}

/** The file as it stands is what everything is compared with: it is always shown. */
function withBaseline(shown: readonly Row[], all: readonly Row[]): readonly Row[] {
  const baseline = all.find(({ candidate }) => candidate.base === 'as-is' && complexity(candidate) === 0);
  return baseline && !shown.includes(baseline) ? [...shown, baseline] : shown;
}

function table(rows: readonly Row[], winner: string, style: Style): string {
  const scored = rows.some(({ score }) => score !== null);
  const converted = rows.some(({ figures }) => figures !== null && figures.conversionBytes > 0);
  const sized = rows.some(({ figures }) => figures !== null && figures.binaryBytes !== null);
  const columns = [
    { title: '' }, { title: 'DDR bytes', align: 'right' as const }, { title: 'of uint8 limit', align: 'right' as const }, { title: 'spilled', align: 'right' as const },
    ...(converted ? [{ title: 'on the CPU', align: 'right' as const }] : []),
    ...(sized ? [{ title: 'binary', align: 'right' as const }] : []), ...(scored ? [{ title: 'score', align: 'right' as const }] : []), { title: 'candidate' },
  ];
  const line = ({ name, figures, reason, score }: Row): string[] => [
    name === winner ? style.green('  ✓') : '   ',
    figures ? formatBytes(figures.trafficBytes) : '–',
    figures ? `${(figures.trafficBytes / figures.limit.uint8Face).toFixed(2)}×` : '–',
    figures ? formatBytes(figures.spillFillBytes) : '–',
    ...(converted ? [figures && figures.conversionBytes > 0 ? formatBytes(figures.conversionBytes) : ''] : []),
    ...(sized ? [figures && figures.binaryBytes !== null ? formatBytes(figures.binaryBytes) : '–'] : []),
    ...(scored ? [score === null ? '–' : score.toFixed(3)] : []),
    `${name === winner ? style.bold(name) : name}${reason === null ? '' : style.dim(`  ${reason}`)}`,
  ];
  return formatTable(columns, rows.map(line), style.dim);
}

function proofLines({ result: { proof, variant } }: TuneOutcome, style: Style): string[] {
  if (!proof) return [style.yellow('not verified (--no-verify)'), ...variant.notes];
  const { rewritten, quantizedDb, emulated } = proof;
  return [
    rewritten ? `rewritten: the same function, ${rewritten.bitEqual ? 'bit for bit' : `within ${rewritten.maxRelToRange.toExponential(1)} of the range`} (${rewritten.evidence})` : 'rewritten: nothing',
    ...(variant.adapter ? ['new face: new(adapter(x)) = old(x) (verified(host))'] : []),
    ...(quantizedDb === null ? [] : [`quantized: ${quantizedDb.toFixed(1)} dB from the model as it stands (computed)`]),
    ...(emulated ? [`emulated: what ONNX Runtime computes, ${Number.isFinite(emulated.db) ? `within ${emulated.db.toFixed(1)} dB` : 'exactly'}${emulated.small ? ', at the size of the calibration' : ''}`] : []),
    ...variant.notes,
  ];
}
