import type { GateVerdict, Report } from '../model/report.ts';
import { oneLine } from './clean-text.ts';
import { renderMarkdown } from './render-markdown.ts';
import { count, gatesByUrgency, STATUS_WORDS } from './words.ts';

/** GitHub shows ten errors and ten warnings a step; two are left for others. */
const MOST_ANNOTATIONS = 8;

/** A step's summary is dropped as a whole above 1,024 KiB. */
const MOST_SUMMARY_BYTES = 1_000_000;

/** Workflow commands for what needs attention, worst first; the last one says how many more there are. */
export function githubAnnotations(report: Report): string {
  const urgent = gatesByUrgency(report).filter((gate) => gate.status !== 'ok');
  const shown = urgent.length > MOST_ANNOTATIONS ? urgent.slice(0, MOST_ANNOTATIONS - 1) : urgent;
  const file = report.models[0]?.path;
  const lines = shown.map((gate) =>
    command(kindOf(gate), { ...(file === undefined ? {} : { file }), title: `${gate.title}: ${STATUS_WORDS[gate.status]}` }, gate.message),
  );
  const left = urgent.length - shown.length;
  return [
    ...lines,
    ...(left > 0 ? [command('notice', { title: 'npu-dyno' }, `${count(left, 'more gate')} in the summary of this step.`)] : []),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** Markdown for `$GITHUB_STEP_SUMMARY`, to be appended. */
export function githubSummary(report: Report): string {
  const text = `## ${oneLine('npu-dyno')}\n\n${renderMarkdown(report)}\n`;
  return Buffer.byteLength(text) <= MOST_SUMMARY_BYTES ? text : `${report.verdict.status}: the summary does not fit; see report.html.\n`;
}

function kindOf({ status, level }: GateVerdict): 'error' | 'warning' | 'notice' {
  if (status === 'failed' || (status === 'missing' && level === 'error')) return 'error';
  return status === 'warn' || status === 'inconclusive' ? 'warning' : 'notice';
}

function command(kind: string, properties: Readonly<Record<string, string>>, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(oneLine(value))}`).join(',');
  return `::${kind} ${list}::${escapeData(oneLine(message))}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
