import type { RewriteLog, RewriteRecord } from '../../models/contracts/index.ts';
import type { FormFigures, RewriteEvidence } from './evidence.ts';

/** The log with what each rewrite changed in the compiled figures: at the first place of each, or of its group; and what the compiler decided against. */
export function logWithEvidence(log: RewriteLog, { after, without, decided }: RewriteEvidence): RewriteLog {
  const told = new Set<string>();
  const others = new Map([...without, ...decided.filter(({ runs }) => runs).map(({ rewrite, other }) => [rewrite, other] as const)]);
  const records = log.records.map((record): RewriteRecord => {
    const group = record.rewrite.startsWith('clean/') && !others.has(record.rewrite) ? 'clean' : record.rewrite;
    const figures = others.get(group);
    if (record.outcome !== 'fired' || !figures || told.has(group)) return record;
    told.add(group);
    return { ...record, facts: { ...record.facts, ...changes(figures, after, group === 'clean' ? 'all of clean: ' : '') } };
  });
  const against = decided.filter(({ runs }) => !runs).map(({ rewrite, other }) => leftOut(rewrite, other, after));
  const superseded = new Set(against.map(({ rewrite }) => rewrite));
  return { ...log, records: [...records.filter(({ outcome, rewrite }) => outcome !== 'skipped' || !superseded.has(rewrite)), ...against] };
}

/** Figures before and after, those that differ only; one that says so where none does. */
function changes(before: FormFigures, after: FormFigures, prefix: string): Record<string, string> {
  const entries = describe(before).map(([name, value], i) => [name, value, describe(after)[i]?.[1]] as const).filter(([, a, b]) => a !== b);
  if (entries.length === 0) return { [`${prefix}compiled`]: 'no figure changes' };
  return Object.fromEntries(entries.map(([name, a, b]) => [`${prefix}${name}`, `${a} → ${b} (compiled)`]));
}

function describe({ graphs, cpuNodes, bytes, spillBytes, failure }: FormFigures): readonly (readonly [string, string])[] {
  return [
    ['graphs on HTP', failure ?? String(graphs)], ['CPU nodes', String(cpuNodes)], ['DDR bytes', megabytes(bytes)], ['spilled and filled', megabytes(spillBytes)],
  ];
}

function leftOut(rewrite: string, other: FormFigures, after: FormFigures): RewriteRecord {
  return {
    rewrite, outcome: 'skipped', nodes: [], scope: null, exactness: 'exact', face: 'same',
    reason: `the compiler shows no gain: ${sentence(other)} with it, ${sentence(after)} without`,
  };
}

function sentence({ graphs, cpuNodes, bytes, spillBytes, failure }: FormFigures): string {
  if (failure !== null) return failure;
  const split = graphs === 1 && cpuNodes === 0 ? '' : `${graphs} graphs, ${cpuNodes} CPU nodes, `;
  return `${split}${megabytes(bytes)} of DDR traffic${spillBytes ? `, ${megabytes(spillBytes)} of it spilled and filled` : ''}`;
}

function megabytes(bytes: number | null): string {
  return bytes === null ? 'none' : `${(bytes / 1e6).toFixed(2)} MB`;
}
