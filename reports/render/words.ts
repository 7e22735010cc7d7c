import type { Evidence, Severity } from '../../models/contracts/index.ts';
import type { GateStatus, Report, ReportCrop } from '../model/report.ts';

/** Words and signs that every rendering uses for the same thing. */

export const STATUS_WORDS: Readonly<Record<GateStatus, string>> = {
  ok: 'passed', failed: 'failed', warn: 'warning', inconclusive: 'inconclusive', missing: 'not measured',
};

export const STATUS_SIGNS: Readonly<Record<GateStatus, string>> = { ok: '✓', failed: '✗', warn: '!', inconclusive: '~', missing: '?' };

/** Worst first. */
const STATUS_ORDER: readonly GateStatus[] = ['failed', 'missing', 'inconclusive', 'warn', 'ok'];

export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  'wrong-result': 'computes something else',
  'blocks-conversion': 'blocks conversion',
  'blocks-unit': 'blocks the unit',
  overflow: 'overflows in fp16',
  'splits-graph': 'splits the graph',
  slow: 'slow',
};

/** What each label of evidence says, in a sentence. */
export const EVIDENCE_WORDS: Readonly<Record<Evidence, string>> = {
  computed: 'Calculated here from the model or its outputs, without a doubt about hardware.',
  predicted: 'What rules expect. Nobody was asked.',
  compiled: 'Said by the vendor’s compiler; the same each time for the same tools and options.',
  emulated: 'Computed by the vendor’s emulator in the chip’s arithmetic. Values hold, times do not.',
  estimated: 'Calculated from figures of other models on the same chip, with a band.',
  planned: 'How the system on the device says it will run the model. It may do otherwise.',
  simulated: 'From a stand-in of a phone. Times mean nothing for a phone.',
  'measured(host)': 'Timed on this machine.',
  'measured(device)': 'Timed on the device that is named.',
  'verified(host)': 'Outputs compared here, in ONNX Runtime.',
  'verified(emulator)': 'Outputs compared with the emulator of the chip.',
  'verified(simulated)': 'Outputs of a stand-in compared.',
  'verified(device)': 'Outputs of the device compared.',
};

export const CROP_WORDS: Readonly<Record<ReportCrop['reason'], string>> = {
  worst: 'worst piece', median: 'median piece', detail: 'most detail', chosen: 'chosen by hand',
};

/** The verdict in one line, as every rendering begins with. */
export function headline(report: Report): string {
  return `${STATUS_SIGNS[report.verdict.status]} ${report.run.title}: ${report.verdict.sentence}`;
}

/** Gates, those that need attention first, else in the order of the budgets. */
export function gatesByUrgency(report: Report): Report['gates'] {
  return [...report.gates].sort((a, b) => STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status));
}

/** `3 nodes`, `1 node`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : /(?:s|x|ch|sh)$/.test(noun) ? 'es' : 's'}`;
}
