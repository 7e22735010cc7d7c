import type { ProfileLog } from '../net-run/profile-log.ts';
import { combined, mean } from './event-rows.ts';
import { numbered } from './text.ts';

/** A trace in Chrome's format: one event for each operation, end to end. */
export function chromeTrace({ operations, graph }: ProfileLog): object {
  return { traceEvents: spans(operations).map(({ name, from, to }) => ({ name, cat: graph, ph: 'X', ts: from / CYCLES_PER_US, dur: (to - from) / CYCLES_PER_US, pid: 0, tid: 0 })) };
}

/** `*_qnn_htp_analysis_summary.json`: cycles by operation, and the operations that nothing else hides. */
export function analysisSummary(log: ProfileLog): object {
  const listed = spans(log.operations);
  const table = <T>(rows: readonly T[]): { data: readonly T[] } => ({ data: rows });
  return {
    data: {
      htp_overall_summary: table([{
        time_us: Math.round(combined(log.executions, mean).accelerator), timeline_cycles: log.cycles, total_dram: 0, total_vtcm: 0, peak_vtcm_alloc: 0, percent_idle: 3,
        htp_resources: table([{ utilization: 0.97, cycles_used: Math.round(log.cycles * 0.97) }]),
      }]),
      qnn_op_instances_nodes: table(listed.map(({ name, from, to }) => ({ qnn_op: name, qnn_op_type: typeOf(name), cycles: to - from }))),
      htp_op_types: table([...new Set(listed.map(({ name }) => typeOf(name)))].map((type) => ({
        htp_op_type: type, num_dominant_path_cycles_htp_0: listed.filter(({ name }) => typeOf(name) === type).reduce((sum, { from, to }) => sum + to - from, 0),
      }))),
      dominant_path_htp_0: table(listed.filter(({ from, to }) => to > from).map(({ name, from, to }) => ({ qnn_op: name, start_cycle: from, end_cycle: to }))),
    },
  };
}

const CYCLES_PER_US = 1000;

function spans(operations: ProfileLog['operations']): { name: string; from: number; to: number }[] {
  let at = 0;
  return numbered(operations).map(({ name, cycles }) => {
    const from = at;
    at += cycles;
    return { name, from, to: at };
  });
}

/** The last part of the node's name: `/first/Conv_token_1:OpId_20` is a Conv. */
function typeOf(name: string): string {
  return /([A-Za-z]\w*?)(?:_token_\d+|_\d+)*(?::OpId_\d+)?$/.exec(name)?.[1] ?? name;
}
