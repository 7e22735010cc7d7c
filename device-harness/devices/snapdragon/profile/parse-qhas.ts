import type { OperationCycles } from './figures.ts';

/** What the analysis summary of an optrace says. */
export interface OptraceFigures {
  readonly cycles: number | null;
  readonly operations: readonly OperationCycles[];
}

interface Summary {
  readonly data?: {
    readonly htp_overall_summary?: { readonly data?: readonly { readonly timeline_cycles?: number }[] };
    readonly qnn_op_instances_nodes?: { readonly data?: readonly { readonly qnn_op?: string; readonly cycles?: number }[] };
  };
}

/** Reads `*_qnn_htp_analysis_summary.json`, which the optrace reader writes where it is told `qhas_json`. Null where it is not that. */
export function parseQhas(text: string): OptraceFigures | null {
  let summary: Summary;
  try {
    summary = JSON.parse(text) as Summary;
  } catch {
    return null;
  }
  const nodes = summary.data?.qnn_op_instances_nodes?.data;
  if (!Array.isArray(nodes)) return null;
  const operations = nodes.flatMap(({ qnn_op: name, cycles }) => (typeof name === 'string' && typeof cycles === 'number' ? [{ name, cycles }] : []));
  return { cycles: summary.data?.htp_overall_summary?.data?.[0]?.timeline_cycles ?? null, operations };
}
