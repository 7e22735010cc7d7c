import { checkProgram } from '../../../../converters/coreml/rules/check-program.ts';
import { resolveTarget } from '../../../../converters/rules/index.ts';
import { macsOf } from '../../../../models/graph/index.ts';
import type { CoreMlModel } from '../../../../converters/coreml/package/read-package.ts';
import { programOf } from '../../../../converters/coreml/translate/package-executor.ts';
import type { PlanOperation, Processor, Unit } from '../../../runner/index.ts';
import type { Work } from './speed.ts';

/** Where the stand-in says that a program runs: by our own rules for the chip, not by anything that Core ML said. */
export interface PlannedModel {
  readonly operations: readonly PlanOperation[];
  /** Multiply-accumulates by processor. */
  readonly work: Work;
}

const LEAVES_ANE: ReadonlySet<string> = new Set(['blocks-conversion', 'blocks-unit', 'splits-graph']);
/** Operator sets as a compute plan names them. */
const SYSTEMS: Readonly<Record<string, string>> = { CoreML5: 'ios15', CoreML6: 'ios16', CoreML7: 'ios17', CoreML8: 'ios18', CoreML9: 'ios26' };
const FIRST_CHOICE: Readonly<Record<Unit, Processor>> = { all: 'ane', ane: 'ane', gpu: 'gpu', cpu: 'cpu' };

/** Plans a function of a package for one unit. `device` is a name of the chip table; without one, and where the compiler `refuses`, nothing goes to the Neural Engine. */
export function planModel(model: CoreMlModel, name: string | undefined, unit: Unit, { device, refused }: { readonly device: string | null; readonly refused: boolean }): PlannedModel {
  const { body } = programOf(model, name);
  const { findings, model: graph } = checkProgram(body, resolveTarget({ kind: 'ane', hardware: device }));
  const leaving = findings.filter(({ severity }) => LEAVES_ANE.has(severity));
  const off = new Set(leaving.map(({ node }) => node));
  const noAne = refused || device === null || leaving.some(({ opType }) => opType === '');
  const macs = new Map([...graph.graph.nodes()].map((node) => [node.label, macsOf(node) ?? 0]));
  const total = [...macs.values()].reduce((sum, value) => sum + value, 0);
  const work = { cpu: 0, gpu: 0, ane: 0 };
  const operations = body.body.operations.map(({ type, outputs }): PlanOperation => {
    const output = outputs[0]?.name ?? '';
    const isConstant = type === 'const' || type.startsWith('constexpr');
    const supported: Processor[] = ['cpu', 'gpu', ...(noAne || off.has(output) ? [] : ['ane' as const])];
    const preferred = supported.includes(FIRST_CHOICE[unit]) ? FIRST_CHOICE[unit] : 'cpu';
    const own = macs.get(output) ?? 0;
    if (!isConstant) work[preferred] += own;
    return {
      function: body.name, type: `${SYSTEMS[body.opset] ?? body.opset}.${type}`, output, preferred: isConstant ? null : preferred, supported: isConstant ? [] : supported,
      cost: isConstant ? null : total === 0 ? 0 : own / total,
    };
  });
  return { operations, work };
}

/** Neighbours with one preferred processor. */
export function segmentsOf(operations: readonly PlanOperation[]): { processor: Processor; first: number; last: number; operations: number; cost: number }[] {
  const segments: { processor: Processor; first: number; last: number; operations: number; cost: number }[] = [];
  for (const [i, { preferred, cost }] of operations.entries()) {
    if (preferred === null) continue;
    const last = segments.at(-1);
    if (last?.processor === preferred) Object.assign(last, { last: i, operations: last.operations + 1, cost: last.cost + (cost ?? 0) });
    else segments.push({ processor: preferred, first: i, last: i, operations: 1, cost: cost ?? 0 });
  }
  return segments;
}

/** Share of each processor, the largest cost first. */
export function sharesOf(operations: readonly PlanOperation[]): { processor: Processor; operations: number; cost: number }[] {
  const processors: readonly Processor[] = ['ane', 'gpu', 'cpu'];
  const shares = processors.map((processor) => {
    const own = operations.filter(({ preferred }) => preferred === processor);
    return { processor, operations: own.length, cost: own.reduce((sum, { cost }) => sum + (cost ?? 0), 0) };
  });
  return shares.filter((share) => share.operations > 0).sort((a, b) => b.cost - a.cost);
}
