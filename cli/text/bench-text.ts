import type { DeviceRecord, OperationProfile, OutputComparison, SustainedRecord } from '../../models/contracts/records.ts';
import { formatCount, formatMs } from '../../reports/model/format.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import type { BenchResult } from '../work/bench-models.ts';
import { latencyText } from './latency-text.ts';

const MOST_OPERATIONS = 8;

/** What was timed, on which devices, whether their outputs are right, and where the time goes. */
export function benchText(result: BenchResult, reference: string | null, style: Style): string {
  const { devices, measurements, operations, sustained, failures, lost } = result;
  return [
    ...devices.filter(({ system, chip }) => system !== null || chip !== null).map((device) => deviceText(device, style)),
    ...(measurements.length > 0 ? [latencyText(measurements, reference, style)] : []),
    ...verifiedLines(result, style),
    ...operations.map((profile) => operationsText(profile, style)),
    ...(sustained.length > 0 ? [sustainedText(sustained, style)] : []),
    ...failures.map(({ device, spec, message }) => `  ${style.red('failed')} ${spec.variant} on ${device}, ${spec.unit}: ${message}`),
    ...lost.map(({ device, message, nextSteps }) => [`  ${style.red('given up')} ${device}: ${message}`, ...nextSteps.map((step) => `    → ${step}`)].join('\n')),
  ].join('\n');
}

function deviceText({ device, label, system, chip, evidence, tools }: DeviceRecord, style: Style): string {
  const facts = [chip, system, ...Object.entries(tools).map(([name, version]) => `${name} ${version}`)].filter((part) => part !== null);
  return `  ${style.bold(device)}  ${label}${evidence === 'simulated' ? ', simulated' : ''}\n  ${style.dim(facts.join(', '))}`;
}

/** One line for each unit of each device: how many variants agree, and those that do not by name. */
function verifiedLines({ measurements }: BenchResult, style: Style): string[] {
  const checked = measurements.filter(({ verified }) => verified && verified.length > 0);
  return checked.map(({ variant, device, unit, verified = [] }) => {
    const words = verified.map((comparison) => comparisonText(comparison));
    const sound = verified.every(({ explained }) => explained);
    return `  ${sound ? style.green('✓') : style.red('✗')} ${variant} on ${device}, ${unit}: ${words.join('; ')}`;
  });
}

/** `verified(simulated) against emulator:SM8550: equal`. */
export function comparisonText({ evidence, against, bitEqual, db, explained, output }: OutputComparison): string {
  const what = bitEqual ? 'equal' : db === null ? 'not finite on one side' : `${db.toFixed(1)} dB${explained ? '' : ` at ${output}, more than rounding explains`}`;
  return `${evidence} against ${against}: ${what}`;
}

function operationsText({ variant, device, cycles, evidence, level, operations }: OperationProfile, style: Style): string {
  const sorted = [...operations].sort((a, b) => b.cycles - a.cycles);
  const total = operations.reduce((sum, one) => sum + one.cycles, 0);
  const rows = sorted.slice(0, MOST_OPERATIONS).map(({ name, node, opType, cycles: own }) => [
    `  ${node ?? name}`, style.dim(opType ?? ''), formatCount(own), style.dim(total > 0 ? `${((100 * own) / total).toFixed(1)} %` : ''),
  ]);
  const rest = sorted.length - rows.length;
  return [
    formatTable([{ title: `${variant} on ${device}` }, { title: '' }, { title: 'cycles', align: 'right' }, { title: 'share', align: 'right' }], rows, style.dim),
    style.dim(`  ${evidence}, ${level} profile in a run of its own${cycles === null ? '' : `; ${formatCount(cycles)} cycles an inference`}${rest > 0 ? `; ${rest} smaller ones` : ''}`),
  ].join('\n');
}

function sustainedText(records: readonly SustainedRecord[], style: Style): string {
  const rows = records.map(({ variant, device, unit, framesPerSecond, seconds, frames, missed, samples, cpuSeconds, energyJoules }) => [
    `  ${variant}`, `${device} ${unit}`, `${framesPerSecond} for ${seconds} s`, `${missed} of ${frames}`, formatMs(quantile(samples, 0.5)), formatMs(quantile(samples, 0.99)),
    cpuSeconds === null ? '–' : `${cpuSeconds.toFixed(1)} s`, energyJoules === null ? '–' : `${energyJoules.toFixed(1)} J`,
  ]);
  const columns = ['at a frame rate', 'where', 'frames a second', 'missed', 'p50', 'p99', 'CPU', 'energy'].map((title) => ({ title }));
  const evidence = [...new Set(records.map((record) => record.evidence))].join(', ');
  return [formatTable(columns, rows, style.dim), style.dim(`  ${evidence}; missed: not ready when the next frame came`)].join('\n');
}

function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
