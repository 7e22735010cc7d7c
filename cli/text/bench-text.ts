import type { OperationProfile, SustainedRecord } from '../../models/contracts/records.ts';
import { formatCount, formatMs } from '../../reports/model/format.ts';
import { comparisonText, deviceText, frameTimes, operationRows, profileText } from '../../reports/render/device-text.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import type { BenchResult } from '../work/bench-models.ts';
import { latencyText } from './latency-text.ts';

const MOST_OPERATIONS = 8;

/** What was timed, on which devices, whether their outputs are right, and where the time goes. */
export function benchText(result: BenchResult, reference: string | null, style: Style): string {
  const { devices, measurements, operations, sustained, failures, lost, takenOut } = result;
  return [
    ...devices.filter(({ system, chip }) => system !== null || chip !== null).map((one) => `  ${style.bold(one.device)}  ${one.label}, ${one.evidence}\n  ${style.dim(deviceText(one))}\n`),
    ...(measurements.length > 0 ? [latencyText(measurements, reference, style)] : []),
    ...outputLines(result, style),
    ...operations.map((profile) => operationsText(profile, style)),
    ...(sustained.length > 0 ? [sustainedText(sustained, style)] : []),
    ...failures.map(({ device, spec, message }) => `  ${style.red('failed')} ${spec.variant} on ${device}, ${spec.unit}: ${message}`),
    ...takenOut.map((device) => `  ${style.yellow('taken out by hand')} ${device}`),
    ...lost.map(({ device, message, nextSteps }) => [`  ${style.red('given up')} ${device}: ${message}`, ...nextSteps.map((step) => `    → ${step}`)].join('\n')),
  ].join('\n');
}

function outputLines({ measurements }: BenchResult, style: Style): string[] {
  const rows = measurements.filter(({ verified }) => verified && verified.length > 0).map(({ variant, device, unit, verified = [] }) => [
    verified.every(({ explained }) => explained) ? style.green('  ✓') : style.red('  ✗'), variant, `${device} ${unit}`, verified.map((one) => `${one.against} ${comparisonText(one)}`).join(', '), style.dim(verified[0]?.evidence ?? ''),
  ]);
  return rows.length === 0 ? [] : ['', formatTable(['', 'outputs', '', 'against', ''].map((title) => ({ title })), rows, style.dim)];
}

function operationsText(profile: OperationProfile, style: Style): string {
  const rows = operationRows(profile);
  const cells = rows.slice(0, MOST_OPERATIONS).map(({ name, opType, cycles, share }) => [`  ${name}`, style.dim(opType ?? ''), formatCount(cycles), style.dim(`${(100 * share).toFixed(1)} %`)]);
  const rest = rows.length - cells.length;
  return [
    '', formatTable([{ title: `${profile.variant} on ${profile.device}` }, { title: '' }, { title: 'cycles', align: 'right' }, { title: 'share', align: 'right' }], cells, style.dim),
    style.dim(`  ${profile.evidence}, ${profileText(profile)}${rest > 0 ? `; ${rest} smaller ones` : ''}`),
  ].join('\n');
}

function sustainedText(records: readonly SustainedRecord[], style: Style): string {
  const rows = records.map((record) => {
    const { p50, p99 } = frameTimes(record);
    const { variant, device, unit, framesPerSecond, seconds, frames, missed, cpuSeconds, energyJoules } = record;
    return [
      `  ${variant}`, `${device} ${unit}`, `${framesPerSecond} for ${seconds} s`, `${missed} of ${frames}`, formatMs(p50), formatMs(p99),
      cpuSeconds === null ? '–' : `${cpuSeconds.toFixed(1)} s`, energyJoules === null ? '–' : `${energyJoules.toFixed(1)} J`,
    ];
  });
  const columns = ['at a frame rate', 'where', 'frames a second', 'missed', 'p50', 'p99', 'CPU', 'energy'].map((title) => ({ title }));
  const evidence = [...new Set(records.map((record) => record.evidence))].join(', ');
  return [formatTable(columns, rows, style.dim), style.dim(`  ${evidence}; missed: not ready when the next frame came`)].join('\n');
}
