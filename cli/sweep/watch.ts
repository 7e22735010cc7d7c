import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../../models/contracts/errors.ts';
import type { SweepReport } from '../../reports/sweep/sweep-schema.ts';
import { sweepReportSchema } from '../../reports/sweep/sweep-schema.ts';
import { writeFileSafely } from '../write-file.ts';
import { joined } from './leaderboard.ts';
import type { SweepFile } from './sweep-file.ts';
import { type Checkpoint, watchFolder } from './watch-folder.ts';

export interface WatchRequest {
  readonly file: SweepFile;
  readonly folder: string;
  /** Where the table and what is settled are kept. */
  readonly directory: string;
  readonly once: boolean;
  readonly signal: AbortSignal;
  /** Makes the table of one checkpoint. */
  readonly sweep: (file: SweepFile) => Promise<SweepReport>;
  /** Told after each checkpoint, with its own table. */
  readonly onScored: (checkpoint: Checkpoint, own: SweepReport) => void;
}

/** Between two looks at the folder. */
const PAUSE_MS = 2000;

const OWN_SESSION = 'Each checkpoint was timed in a session of its own: compare times only where they differ by more than sessions do.';

/** Scores checkpoints as they appear, and keeps the table of all. A restarted watch goes on where the last one ended. Null where nothing was ever scored. */
export async function watchCheckpoints({ file, folder, directory, once, signal, sweep, onScored }: WatchRequest): Promise<SweepReport | null> {
  const [boardFile, stateFile] = [join(directory, 'table.json'), join(directory, 'settled.json')];
  let board = readBoard(boardFile);
  const settled = new Set<string>(existsSync(stateFile) ? (JSON.parse(readFileSync(stateFile, 'utf8')) as string[]) : []);
  const score = async (checkpoint: Checkpoint): Promise<void> => {
    const own = await sweep(tableOf(file, checkpoint));
    board = joined(board, { ...own, notes: [...(file.notes ?? []), ...(file.bench === false ? [] : [OWN_SESSION])] });
    writeFileSafely(boardFile, `${JSON.stringify(board, null, 1)}\n`);
    writeFileSafely(stateFile, `${JSON.stringify([...settled, checkpoint.signature])}\n`);
    onScored(checkpoint, own);
  };
  await watchFolder({ folder, settled, score, signal, once, pause: () => wait(PAUSE_MS, undefined, { signal }).catch(() => {}) });
  return board;
}

/** The table of the config with the checkpoint as its only model. */
function tableOf({ rows: _, include: __, exclude: ___, published: ____, models, ...file }: SweepFile, { name, path }: Checkpoint): SweepFile {
  const described = Object.values(models).find((entry) => typeof entry !== 'string' && 'path' in entry && entry.input);
  const input = described && typeof described !== 'string' && 'path' in described ? described.input : undefined;
  return { ...file, models: { [name]: input ? { path, input } : path }, axes: { ...file.axes, model: name }, pareto: [] };
}

function readBoard(file: string): SweepReport | null {
  if (!existsSync(file)) return null;
  const read = sweepReportSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (read.success) return read.data;
  throw new UserError(`${file} is not a table that this dyno knows.`, ['Name another folder with --dir, or start anew with --fresh.']);
}
