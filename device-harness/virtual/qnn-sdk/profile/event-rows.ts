import { compareVersions } from '../../../../converters/qnn/sdk.ts';
import type { InferenceTimes } from '../../android/phone-speed.ts';
import type { ProfileLog } from '../net-run/profile-log.ts';

/** A figure that the back end gives for one execution, with the name that the viewer prints. */
export interface BackendRow {
  readonly name: string;
  readonly value: number;
  readonly unit: 'us' | 'cycles' | 'count';
}

/**
 * SDK from which the viewer has minima and maxima and a row for each execution. Which one that was is not known: the older form was seen in 2.13,
 * the newer one in releases of 2024 and 2025, and both have to be read.
 */
const SINGLE_EXECUTIONS = '2.30.0';

export function keepsExecutions(version: string): boolean {
  return compareVersions(version, SINGLE_EXECUTIONS) >= 0;
}

/** Rows of one execution in the order in which they are printed; those of an accelerator where there is one. */
export function backendRows(log: ProfileLog, times: InferenceTimes, version: string): BackendRow[] {
  const { backend, hvxThreads } = log;
  const microseconds = (name: string, value: number): BackendRow => ({ name, value: Math.round(value), unit: 'us' });
  if (backend !== 'htp') return [microseconds('QNN (execute) time', times.qnn)];
  const cycles: BackendRow = { name: 'Accelerator (execute) time (cycles)', value: cyclesFor(log, times), unit: 'cycles' };
  const newer: BackendRow[] = keepsExecutions(version)
    ? [
      { name: 'Num times yield occured', value: 0, unit: 'count' }, microseconds('Time for initial VTCM acquire', 12), microseconds('Time for HVX + HMX power on and acquire', 25),
    ]
    : [];
  return [
    { name: 'Number of HVX threads used', value: hvxThreads, unit: 'count' }, microseconds('RPC (execute) time', times.rpc), microseconds('QNN accelerator (execute) time', times.qnnAccelerator),
    ...newer, ...(log.level === 'detailed' ? [cycles] : []), microseconds('Accelerator (execute) time', times.accelerator), ...(newer.length > 0 ? [microseconds('Accelerator (execute excluding wait) time', times.accelerator * 0.97)] : []),
    microseconds('QNN (execute) time', times.qnn),
  ];
}

/** All executions together: every time of a kind through `combine`. */
export function combined(executions: readonly InferenceTimes[], combine: (values: readonly number[]) => number): InferenceTimes {
  const each = (key: keyof InferenceTimes): number => combine(executions.map((times) => times[key]));
  return { netRun: each('netRun'), qnn: each('qnn'), rpc: each('rpc'), qnnAccelerator: each('qnnAccelerator'), accelerator: each('accelerator') };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** The log has the cycles of a mean execution. */
function cyclesFor({ cycles, executions }: ProfileLog, { accelerator }: InferenceTimes): number {
  return Math.round((cycles * accelerator) / Math.max(1e-9, mean(executions.map((times) => times.accelerator))));
}

export function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

export function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}
