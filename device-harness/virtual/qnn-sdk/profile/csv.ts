import type { InferenceTimes } from '../../android/phone-speed.ts';
import type { ProfileLog } from '../net-run/profile-log.ts';
import { backendRows, combined, keepsExecutions, mean } from './event-rows.ts';
import { numbered } from './text.ts';

const HEADER = 'Msg Timestamp,Message,Time,Unit of Measurement,Timing Source,Event Level,Event Identifier';

/** What `--output` writes: rows for each execution, or for the mean of all where the version keeps no more. */
export function profileCsv(log: ProfileLog, version: string): string {
  const executions = keepsExecutions(version) || log.executions.length === 0 ? log.executions : [combined(log.executions, mean)];
  let clock = 0;
  const row = (message: string, value: number, unit: string, source: string, level: string, identifier: string): string =>
    [keepsExecutions(version) ? clock : 'UNKNOWN', message, value, unit, source, level, quoted(identifier)].join(',');
  const tool = (message: string, microseconds: number): string => row(message, Math.round(microseconds), 'US', 'NETRUN', 'ROOT', 'NULL');
  const one = (times: InferenceTimes): string[] => {
    clock += Math.round(times.netRun);
    const backend = backendRows(log, times, version).flatMap(({ name, value, unit }) => [
      row('BACKEND', value, unit.toUpperCase(), 'BACKEND', 'ROOT', name),
      ...(unit === 'cycles' ? numbered(log.operations).map((operation) => row('NODE', operation.cycles, 'CYCLES', 'BACKEND', 'SUB-EVENT', `${operation.name} (cycles)`)) : []),
    ]);
    return [tool('EXECUTE', times.netRun), ...backend];
  };
  const { prepare, init, deinit } = log;
  const before = prepare ? [tool('COMPOSE GRAPHS', prepare.compose), tool('FINALIZE', prepare.finalize)] : [row('BACKEND', Math.round(init * 0.8), 'US', 'BACKEND', 'ROOT', 'QNN (load binary) time')];
  const all = tool('INIT', init + (prepare ? prepare.compose + prepare.finalize : 0));
  return [HEADER, all, ...before, ...executions.flatMap(one), tool('DEINIT', deinit), row('EXECUTE IPS', Number(log.rate.toFixed(4)), 'INF/SEC', 'NETRUN', 'ROOT', 'NULL'), ''].join('\n');
}

function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
