import type { QnnBackend } from '../../../../converters/qnn/artifact.ts';
import type { ToolCall } from '../tool.ts';
import type { LoadedGraph } from './loaded-graph.ts';
import type { ProfileLog } from './profile-log.ts';

/** Invented, as all times of a virtual phone: loading a context takes less than preparing a graph. */
export function loadingTimes({ form, operations }: LoadedGraph, backend: QnnBackend): Pick<ProfileLog, 'init' | 'prepare' | 'deinit'> {
  const nodes = operations.length;
  const prepare = form === 'context-binary' ? null : { compose: 2000 + 400 * nodes, finalize: (backend === 'htp' ? 60_000 : 15_000) + (backend === 'htp' ? 3000 : 300) * nodes };
  return { init: backend === 'htp' ? 18_000 + 150 * nodes : 6000, prepare, deinit: 1500 };
}

const STAGES = ['Graph Preparation Initializing', 'Graph Optimizations', 'Graph Sequencing for Target', 'VTCM Allocation', 'Parallelization Optimization'];

/** What HTP says while it prepares a graph, and no other back end does. */
export function sayStages(finalize: number, call: ToolCall): void {
  for (const [i, stage] of STAGES.entries()) {
    call.out(`Starting stage: ${stage}`);
    call.out(`Completed stage: ${stage} (${Math.max(1, Math.round((finalize * (i + 1)) / 20))} us)`);
  }
}
