import { writeFileSync } from 'node:fs';
import { DynoError } from '../../../models/contracts/index.ts';
import { compileForHtp, htpExecutor, type HtpToolchain, judge } from '../../../converters/htp/index.ts';
import type { HtpSoc } from '../../../converters/rules/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { encodeModel, readModel } from '../../../models/onnx/index.ts';
import { JobFailure } from '../../../converters/toolchain/index.ts';
import type { SuiteCase } from './suite-case.ts';

/** What compiler and emulator made of one operator test. */
export interface SuiteResult {
  readonly name: string;
  readonly form: SuiteCase['form'];
  readonly operator: string;
  /** `invalid`: ONNX Runtime itself does not load it, so the compiler was not asked. */
  readonly placed: 'whole' | 'partly' | 'cpu' | 'failed' | 'crashed' | 'invalid';
  /** Null where nothing ran on HTP. `coarse`: more than fp16 explains, within 2 % of the range. */
  readonly computes: 'right' | 'coarse' | 'wrong' | 'overflow' | 'crashed' | 'failed' | null;
  readonly db: number | null;
  readonly said: string;
}

/** Share of the reference's range within which a difference is called coarse and not wrong (as `qnn-ep.md` §3b counts). */
const COARSE = 0.02;

/** Compiles a case, runs what was taken in the emulator and compares with the outputs that ONNX publishes. A crash is a result. */
export async function judgeCase(toolchain: HtpToolchain, soc: HtpSoc, one: SuiteCase, path: string): Promise<SuiteResult> {
  const base = { name: one.name, form: one.form, operator: one.operator };
  writeFileSync(path, encodeModel(one.proto));
  const report = await compileForHtp(toolchain, { modelPath: path, soc, timeoutMs: 60_000 }).catch(refusal);
  if (typeof report === 'string') return { ...base, placed: 'invalid', computes: null, db: null, said: report };
  if (report.failure) return { ...base, placed: report.failure.name === 'crash' ? 'crashed' : 'failed', computes: null, db: null, said: report.failure.message };
  const reasons = [...new Set(report.nodes.flatMap(({ reason }) => reason ?? []))].join(' ').slice(0, 300);
  if (report.htpGraphs === 0) return { ...base, placed: 'cpu', computes: null, db: null, said: reasons };
  const placed = report.htpGraphs === 1 && report.cpuNodes === 0 ? 'whole' : 'partly';
  try {
    const [outputs] = await htpExecutor(toolchain, soc).run(path, [one.feed], { timeoutMs: 60_000 });
    return { ...base, placed, ...compare(one, outputs ?? new Map(), quantized(path)), said: reasons };
  } catch (error) {
    const crashed = error instanceof JobFailure && error.kind === 'crash';
    return { ...base, placed, computes: crashed ? 'crashed' : 'failed', db: null, said: refusal(error).slice(0, 300) };
  }
}

function compare({ expected }: SuiteCase, outputs: SuiteCase['expected'], int8: boolean): Pick<SuiteResult, 'computes' | 'db'> {
  const judged = [...expected].map(([name, reference]) => {
    const actual = outputs.get(name);
    if (!actual) return { computes: 'wrong' as const, db: null };
    const { verdict, db } = judge(reference, actual, int8 ? 'int8' : 'fp16', 1);
    const coarse = verdict === 'wrong' && db >= -20 * Math.log10(COARSE);
    return { computes: verdict === 'explained' ? ('right' as const) : coarse ? ('coarse' as const) : verdict, db: Number.isFinite(db) ? db : null };
  });
  const order = ['wrong', 'overflow', 'coarse', 'right'] as const;
  return judged.sort((a, b) => order.indexOf(a.computes as 'right') - order.indexOf(b.computes as 'right'))[0] ?? { computes: 'right', db: null };
}

function quantized(path: string): boolean {
  const file = readModel(path);
  const model = new Model(file.proto);
  inferShapes(model);
  file.close();
  return [...model.graph.nodes()].some((node) => node.is('QuantizeLinear', 'DequantizeLinear', 'QLinearConv', 'QLinearMatMul'));
}

/** What ONNX Runtime or the library said. An environment that is gone says nothing about the case. */
function refusal(error: unknown): string {
  if (error instanceof DynoError && !/Failed to load library|worker ended/.test(error.message)) return error.message;
  throw error;
}
