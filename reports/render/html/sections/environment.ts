import { formatBytes, formatCount } from '../../../model/format.ts';
import { plannedEvidence } from '../../../model/planned-evidence.ts';
import type { Report, ReportVariant } from '../../../model/report.ts';
import { EVIDENCE_WORDS } from '../../words.ts';
import { EVIDENCE } from '../../../../models/contracts/evidence.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { code, details, evidence, facts, numeric, quiet, type Section, table, variantName, warningList } from '../parts.ts';
import type { View } from '../view.ts';

/** What was run, on what, with which versions, and how to run it again. */
export function environmentSection(view: View): Section {
  const { report } = view;
  return {
    id: 'environment', title: 'Environment',
    body: markup`<h3>Run it again</h3><div class="command"><pre><code>${report.run.command}</code></pre></div>
${machine(report)}${models(report)}${variants(view)}${artifacts(report)}${warnings(report)}${labels(report)}`,
  };
}

function machine({ environment: e, run }: Report): Markup {
  return facts([
    ['dyno', e.dyno], ['Node', e.node], ['System', e.os], ['CPU', `${e.cpu}, ${e.cores} cores`], ['Memory', formatBytes(e.memoryBytes)],
    ...Object.entries(e.libraries),
    ['Started', run.startedAt], ['Finished', run.finishedAt], ['Seed', run.seed ?? '–'], ['Resumed', run.resumed ? (run.resumedAt ?? 'yes') : 'no'],
  ]);
}

function models({ models: list }: Report): Markup {
  const columns = ['Model', 'File', numeric('Opset'), 'Inputs', 'Outputs', 'SHA-256'];
  return table('Models', columns, list.map((m) => [m.id, code(m.path), m.opset, face(m.inputs), face(m.outputs), hash(m.sha256)]));
}

function variants(view: View): Markup {
  const columns = ['Variant', 'What it is', ...['Nodes', 'Parameters', 'MACs', 'Rank', 'Size'].map(numeric), 'SHA-256'];
  return table('Variants', columns, view.report.variants.map((v) => [
    variantName(v.id, view.series(v.id)), v.title, ...figures(v), hash(v.sha256),
  ]));
}

function figures({ nodes, parameters, macs, maxRank, bytes }: ReportVariant): Piece[] {
  const shown = (value: number | null): Piece => (value === null ? '–' : formatCount(value));
  return [shown(nodes), shown(parameters), shown(macs), shown(maxRank), formatBytes(bytes)];
}

function artifacts({ artifacts: list }: Report): Markup | null {
  if (list.length === 0) return null;
  const rows = list.map((a) => [code(a.path), a.kind, formatBytes(a.bytes), hash(a.sha256)]);
  return details('Files of this run', table('Files', ['File', 'Kind', numeric('Size'), 'SHA-256'], rows));
}

function warnings({ warnings: list }: Report): Markup | null {
  if (list.length === 0) return null;
  return markup`<h3>Warnings</h3>${warningList(list.map(({ text, hint }) => [text, hint !== null && [' ', quiet(hint)]]))}`;
}

/** Labels that stand in this report, strongest claims last. */
function labels(report: Report): Markup {
  const json = JSON.stringify({ ...report, measurements: report.measurements.map((m) => [m.evidence, m.verified, m.placement && plannedEvidence(m)]) });
  const present = EVIDENCE.filter((kind) => json.includes(`"${kind}"`));
  return details('What the labels of evidence say', markup`<dl>${present.map((kind) => markup`<dt>${evidence(kind)}</dt><dd>${EVIDENCE_WORDS[kind]}</dd>`)}</dl>`);
}

function face(values: Report['models'][number]['inputs']): Piece {
  return values.map((value) => [code(value.name), ` ${value.type} `]);
}

function hash(sha256: string): Markup {
  return markup`<code class="hash" title="${sha256}">${sha256.slice(0, 12)}</code>`;
}
