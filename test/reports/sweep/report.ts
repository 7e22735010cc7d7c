import type { SweepCell, SweepColumn, SweepReport, SweepRow } from '../../../reports/sweep/sweep-schema.ts';

export const column = (id: string, more: Partial<SweepColumn> = {}): SweepColumn => ({
  id, source: 'own', figure: id.split('/')[0] as string, title: id.split('/')[0] as string, subtitle: null, unit: '', digits: null, better: 'lower', ...more,
});

export const value = (number: number, more: Partial<SweepCell> = {}): SweepCell => ({ value: number, evidence: 'computed', note: null, missing: null, ...more });

export const nothing = (why: string): SweepCell => ({ value: null, evidence: null, note: null, missing: why });

export const row = (model: string, cells: Readonly<Record<string, SweepCell>>, more: Partial<SweepRow> = {}): SweepRow => ({
  id: model, label: null, axes: { model, scale: 2, resolution: '1080p', rewrite: 'none', compress: 'none', precision: 'fp32' }, variants: [`${model} x2 1080p fp32`], cells, ...more,
});

/** A table of these rows and columns. */
export function report(columns: readonly SweepColumn[], rows: readonly SweepRow[], more: Partial<SweepReport> = {}): SweepReport {
  return {
    sweepVersion: 1, name: 'test', title: 'A table', notes: [], command: 'dyno sweep table.json', seed: 1, finishedAt: '2026-11-21T21:00:00.000Z',
    environment: { dyno: '0.1.0', node: 'v22', os: 'Linux', cpu: 'CPU', cores: 2, memoryBytes: 1e9, libraries: { onnxruntime: '1.30.0' } },
    rowAxes: ['model'], common: { scale: 2, resolution: '1080p' }, columns: [...columns], variants: [], rows: [...rows], pareto: [], ...more,
  };
}
