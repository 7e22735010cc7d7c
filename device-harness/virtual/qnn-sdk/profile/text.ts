import type { InferenceTimes } from '../../android/phone-speed.ts';
import type { ProfileLog } from '../net-run/profile-log.ts';
import { type BackendRow, backendRows, combined, keepsExecutions, least, mean, most } from './event-rows.ts';

/** What the viewer prints of a log, in the form of an SDK version: averages alone, or minima and maxima as well. */
export function profileText(log: ProfileLog, path: string, version: string): string {
  const newer = keepsExecutions(version);
  const sections: string[] = [
    ...(newer ? [`Input Log File Location: ${path}`] : []), 'Qnn Init/Prepare/Finalize/De-Init/Execute/Lib-Load Statistics:', RULE,
    ...section('Init Stats', [line('NetRun', log.init + (log.prepare ? log.prepare.compose + log.prepare.finalize : 0))]), ...preparation(log),
    ...section('De-Init Stats', [line('NetRun', log.deinit), ...log.backend === 'htp' ? hexagon(log.deinit, 'deinit') : []]),
    ...executions(log, 'Average', combined(log.executions, mean), version),
    ...newer ? executions(log, 'Min', combined(log.executions, least), version) : [],
    ...newer ? executions(log, 'Max', combined(log.executions, most), version) : [],
    ...section('Execute Stats (Overall)', [`    NetRun IPS${newer ? ' (includes IO and misc. time)' : ''}:  ${log.rate.toFixed(4)} inf/sec`]),
  ];
  return sections.join('\n');
}

const RULE = '-'.repeat(40);

function section(title: string, lines: readonly string[]): string[] {
  return [`${title}:`, RULE, ...lines, ''];
}

function line(name: string, microseconds: number): string {
  return `    ${name}:  ${Math.round(microseconds)} us`;
}

function preparation({ prepare, graph, backend, init }: ProfileLog): string[] {
  if (!prepare) return section('Load Context Stats', [`    Backend (QNN (load binary) time): ${Math.round(init * 0.8)} us`]);
  const parts = backend === 'htp' ? hexagon(prepare.finalize, 'finalize') : [`    Backend (QNN (finalize) time): ${Math.round(prepare.finalize)} us`];
  return [...section('Compose Graphs Stats', [line('NetRun', prepare.compose)]), ...section('Finalize Stats', [`Graph 0 (${graph}):`, line('NetRun', prepare.finalize), ...parts])];
}

function hexagon(microseconds: number, step: string): string[] {
  return [
    `    Backend (RPC (${step}) time): ${Math.round(microseconds * 0.08)} us`, `    Backend (QNN ${step === 'deinit' ? 'Accelerator' : 'accelerator'} (${step}) time): ${Math.round(microseconds * 0.07)} us`,
    `    Backend (Accelerator (${step}) time): ${Math.round(microseconds * 0.06)} us`, `    Backend (QNN (${step}) time): ${Math.round(microseconds)} us`,
  ];
}

function executions(log: ProfileLog, which: string, times: InferenceTimes, version: string): string[] {
  if (log.executions.length === 0) return [];
  const rows = backendRows(log, times, version).flatMap((row) => [backendLine(row), ...(row.unit === 'cycles' ? operationLines(log, version) : [])]);
  return [`Execute Stats (${which}):`, RULE, 'Total Inference Time:', RULE, `Graph 0 (${log.graph}):`, line('NetRun', times.netRun), ...rows, ''];
}

function backendLine({ name, value, unit }: BackendRow): string {
  return `    Backend (${name}): ${value} ${unit}`;
}

/** One release puts a space before the colon, and two before the unit. */
function operationLines({ operations }: ProfileLog, version: string): string[] {
  const form = keepsExecutions(version) ? (name: string, cycles: number) => `        ${name} (cycles) : ${cycles}  cycles` : (name: string, cycles: number) => `        ${name} (cycles): ${cycles} cycles`;
  return numbered(operations).map(({ name, cycles }) => form(name, cycles));
}

/** Operations as profiles name them: inputs and outputs are operations too. */
export function numbered(operations: ProfileLog['operations']): { name: string; cycles: number }[] {
  const own = operations.map(({ name, cycles }, i) => ({ name: `${name}:OpId_${i + FIRST_ID}`, cycles }));
  return [{ name: 'Input OpId_2', cycles: 0 }, ...own, { name: 'Output OpId_3', cycles: 0 }];
}

const FIRST_ID = 20;
