import { formatBytes, formatChange } from '../../../model/format.ts';
import type { Report } from '../../../model/report.ts';
import { timesText } from '../../compiled-table.ts';
import { latencyText } from '../../latency-table.ts';
import { gainText } from '../../quality-table.ts';
import { count, STATUS_SIGNS, STATUS_WORDS } from '../../words.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { quiet } from '../parts.ts';
import type { View } from '../view.ts';

/** The head of the page: verdict, and the few figures that a reader came for. */
export function summary({ report }: View): Markup {
  const { run, environment: e } = report;
  const when = `${run.startedAt.slice(0, 10)} ${run.startedAt.slice(11, 16)} UTC · ${duration(run)}`;
  const tiles = [fastest(report), traffic(report), quality(report), findings(report), rewrites(report)];
  return markup`<header class="top"><p class="eyebrow">npu-dyno report</p><h1>${run.title}</h1>
<p>${quiet(`${when} · ${e.cpu}, ${count(e.cores, 'core')} · dyno ${e.dyno}`)}</p>
${banner(report)}
<div class="tiles">${tiles.map((tile) => tile && tileBox(tile))}</div></header>`;
}

function banner(report: Report): Markup {
  const { status, sentence } = report.verdict;
  return markup`<div class="verdict ${status}"><span class="sign" aria-hidden="true">${STATUS_SIGNS[status]}</span>
<div><strong>${word(report)}</strong><p>${sentence}</p></div></div>`;
}

function tileBox({ name, figure, note }: Tile): Markup {
  return markup`<div class="tile"><p class="name">${name}</p><p class="figure">${figure}</p><p class="quiet">${note}</p></div>`;
}

interface Tile {
  readonly name: string;
  readonly figure: Piece;
  readonly note: Piece;
}

function word({ verdict, gates }: Report): string {
  const text = gates.length === 0 ? 'no gates' : STATUS_WORDS[verdict.status];
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function fastest({ changes, latencies }: Report): Tile | null {
  const best = [...changes].sort((a, b) => a.ratio.center - b.ratio.center)[0];
  if (best) {
    const latency = latencies.find((l) => l.variant === best.candidate && l.device === best.device && l.unit === best.unit);
    return {
      name: 'Largest gain in time',
      figure: formatChange(best.ratio.center),
      note: `${best.candidate} on ${best.device === 'host' ? '' : `${best.device} `}${best.unit}${latency ? `, ${latencyText(latency)}` : ''}${best.evidence === 'simulated' ? ', simulated' : ''}`,
    };
  }
  const [only] = latencies;
  return only ? { name: 'Latency', figure: latencyText(only), note: `${only.variant} on ${only.unit}${only.evidence === 'simulated' ? ', simulated' : ''}` } : null;
}

function traffic({ compiled = [] }: Report): Tile | null {
  const sizes = compiled.flatMap((record) => (record.traffic ? [{ record, bytes: record.traffic.readBytes + record.traffic.writeBytes }] : []));
  const [least] = sizes.sort((a, b) => a.bytes - b.bytes);
  if (!least) return null;
  const { variant, target, least: bound } = least.record;
  return {
    name: 'Least DDR traffic on HTP', figure: formatBytes(least.bytes),
    note: `${variant} for ${target}${bound ? `, ${timesText(least.bytes, bound.ownFace)} what it must move` : ''}`,
  };
}

function quality({ qualityChanges }: Report): Tile | null {
  const worst = qualityChanges.filter((c) => c.candidate !== 'bicubic' && c.unit === 'dB').sort((a, b) => b.drop.center - a.drop.center)[0];
  return worst
    ? { name: 'Largest change in quality', figure: gainText(worst), note: `${worst.candidate} against ${worst.base}, ${worst.protocol}` }
    : null;
}

function findings({ checks }: Report): Tile | null {
  if (checks.length === 0) return null;
  const causes = checks.flatMap((check) => check.causes);
  const blocking = causes.filter((cause) => ['wrong-result', 'blocks-conversion', 'blocks-unit'].includes(cause.severity));
  return {
    name: 'Root causes found',
    figure: causes.length,
    note:
      blocking.length === 0
        ? 'none keeps a model off its unit'
        : `${blocking.length} of them ${blocking.length === 1 ? 'keeps' : 'keep'} a model off its unit`,
  };
}

function rewrites({ rewrites: logs }: Report): Tile | null {
  if (logs.length === 0) return null;
  const fired = logs.flatMap(({ log }) => log.records.filter((r) => r.outcome === 'fired'));
  const verified = fired.filter((r) => r.verified).length;
  const changed = logs.filter(({ log }) => log.records.some((r) => r.outcome === 'fired'));
  return {
    name: 'Rewrites fired',
    figure: fired.length,
    note: `${verified} verified one by one, ${changed.filter(({ log }) => log.whole).length} of ${count(changed.length, 'model')} verified whole`,
  };
}

function duration({ startedAt, finishedAt }: Report['run']): string {
  const seconds = Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  return Number.isFinite(seconds) ? (seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`) : '';
}
