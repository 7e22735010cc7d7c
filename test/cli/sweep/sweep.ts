import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { resolveConfig } from '../../../cli/config/resolve.ts';
import { RunControl } from '../../../cli/pipeline/run-control.ts';
import { parseFilters } from '../../../cli/sweep/filters.ts';
import { type PreparedSweep, prepareSweep, runSweep } from '../../../cli/sweep/run-sweep.ts';
import type { SweepFile } from '../../../cli/sweep/sweep-file.ts';
import { SAMPLES } from '../../../cli/sweep/pictures.ts';
import { SweepTools } from '../../../cli/sweep/tools.ts';
import type { DynoEvent } from '../../../models/contracts/events.ts';
import { type SweepCell, type SweepReport, sweepReportSchema } from '../../../reports/sweep/sweep-schema.ts';

export interface Swept {
  readonly report: SweepReport;
  readonly prepared: PreparedSweep;
  /** Outcome by step id. */
  readonly outcomes: ReadonlyMap<string, string>;
}

/** Makes a table in this process. The outcome holds against its schema. */
export async function sweep(file: SweepFile, directory: string, { only = [], onEvent = () => {} }: { readonly only?: readonly string[]; readonly onEvent?: (event: DynoEvent) => void } = {}): Promise<Swept> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  const resolved = await resolveConfig({ cwd: directory, env, flags: {} });
  const tools = new SweepTools(env);
  const outcomes = new Map<string, string>();
  const emit = (event: DynoEvent): void => {
    onEvent(event);
    if (event.type === 'step-finished') outcomes.set(event.id, event.outcome);
  };
  try {
    const prepared = await prepareSweep({ file, filters: parseFilters(only), limit: 100, resolved, tools });
    const report = await runSweep(prepared, { directory, command: 'dyno sweep', emit, control: new RunControl(), signal: new AbortController().signal });
    return { report: sweepReportSchema.parse(report), prepared, outcomes };
  } finally {
    await tools.close();
  }
}

/** The cell of a row, found by values on its axes, in a column. */
export function cell({ rows, columns }: SweepReport, axes: Readonly<Record<string, string | number>>, column: string): SweepCell {
  const found = rows.filter((row) => Object.entries(axes).every(([axis, value]) => row.axes[axis as keyof typeof row.axes] === value || row.label === value));
  const known = columns.find(({ id }) => id === column);
  if (found.length !== 1 || !known) throw new Error(`${found.length} rows and ${known ? 1 : 0} columns: ${columns.map(({ id }) => id).join(', ')}`);
  return found[0]?.cells[column] as SweepCell;
}

/** Three small pieces of the package's pictures in a folder. */
export async function smallPictures(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const name of ['foliage', 'house', 'page']) {
    await sharp(join(SAMPLES, `${name}.png`)).extract({ left: 20, top: 30, width: 64, height: 48 }).png().toFile(join(folder, `${name}.png`));
  }
  return folder;
}
