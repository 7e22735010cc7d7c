import { readFileSync } from 'node:fs';
import type { QnnBackend } from '../../../../converters/qnn/artifact.ts';
import type { InferenceTimes } from '../../android/phone-speed.ts';
import type { Operation } from './operation.ts';

/** What the stand-in of qnn-net-run keeps in `qnn-profiling-data_0.log`, where the real one has a closed format. Times in microseconds. */
export interface ProfileLog {
  readonly format: 'npu-dyno profile';
  readonly version: string;
  readonly level: 'basic' | 'detailed';
  readonly optrace: boolean;
  readonly backend: QnnBackend;
  readonly graph: string;
  readonly init: number;
  /** Composing and finalizing on the phone; null for a context binary, which is only loaded. */
  readonly prepare: { readonly compose: number; readonly finalize: number } | null;
  readonly deinit: number;
  readonly hvxThreads: number;
  readonly executions: readonly InferenceTimes[];
  /** Inferences in a second, files and all. */
  readonly rate: number;
  /** Cycles of one inference. */
  readonly cycles: number;
  readonly operations: readonly { readonly name: string; readonly cycles: number }[];
  /** Whether settings of the back end named this graph: `none` where there were none, `ignored` where they named others. */
  readonly settings: 'applied' | 'ignored' | 'none';
}

/** Clock in cycles per microsecond that the invented cycles are counted with. */
const CLOCK = 1000;

/** Share of a graph's cycles that goes to operations without multiply-accumulates. */
const OTHERS = 0.15;

/** Cycles of one inference, and of each operation by its multiply-accumulates; fused ones have none. */
export function cyclesOf(executions: readonly InferenceTimes[], operations: readonly Operation[]): Pick<ProfileLog, 'cycles' | 'operations'> {
  const mean = executions.reduce((sum, { accelerator }) => sum + accelerator, 0) / Math.max(1, executions.length);
  const cycles = Math.round(mean * CLOCK);
  const macs = operations.reduce((sum, operation) => sum + operation.macs, 0);
  const light = operations.filter((operation) => operation.macs === 0 && !operation.fused).length;
  const heavy = light === 0 ? 1 : macs === 0 ? 0 : 1 - OTHERS;
  return {
    cycles,
    operations: operations.map(({ name, macs: own, fused }) => ({ name, cycles: fused ? 0 : Math.round(cycles * (own > 0 ? (heavy * own) / macs : (1 - heavy) / light)) })),
  };
}

/** Reads a log; null for a file that no stand-in wrote. */
export function readProfileLog(path: string): ProfileLog | null {
  try {
    const log = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProfileLog> | null;
    return log?.format === 'npu-dyno profile' ? (log as ProfileLog) : null;
  } catch {
    return null;
  }
}
