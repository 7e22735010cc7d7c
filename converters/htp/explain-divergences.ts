import type { Executor, Finding, NamedArrays, NdArray, RunOptions } from '../../models/contracts/index.ts';
import type { Model, Node } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { scopeName } from '../rules/index.ts';
import { firstDivergence, nothing } from './first-divergence.ts';
import { type Healed, withoutNode } from './heal.ts';
import { FP16_MAX, type HtpArithmetic, type Judgement } from './judge.ts';
import { type Reproducer, regionInputs, reproduce } from './reproducer.ts';

/** A model whose emulated outputs are off on an input. */
export interface DivergentModel {
  readonly modelPath: string;
  readonly model: Model;
  readonly emulator: Executor;
  readonly host: Executor;
  readonly arithmetic: HtpArithmetic;
  readonly feed: NamedArrays;
  readonly run: RunOptions;
}

export interface Explanation {
  readonly findings: readonly Finding[];
  readonly reproducers: readonly Reproducer[];
}

/** Wrong operators that are named one after the other; each costs a few runs. */
const MOST = 8;

/**
 * The operators that compute something else, in graph order. When one is found it is taken out (what comes behind is fed with ONNX Runtime's
 * values), and the rest is looked at again. An overflow ends the search: what comes behind it is spoilt on any input like this one.
 * `output` and `judgement`: what is known to be off.
 */
export async function explainDivergences(off: DivergentModel, output: string, judgement: Judgement): Promise<Explanation> {
  const findings: Finding[] = [];
  const reproducers: Reproducer[] = [];
  const opened: Healed[] = [];
  try {
    let place: Pick<Healed, 'modelPath' | 'graph' | 'feed'> | null = { modelPath: off.modelPath, graph: off.model.graph, feed: off.feed };
    while (place && findings.length < MOST) {
      const search = { ...off, ...place };
      const found = await firstDivergence(search).catch((error: unknown) => nothingAfter(findings.length, error));
      if (!found && findings.length > 0) break;
      const value = found?.value ?? output;
      const { finding, reproducer } = await explain(off, off.model.graph.values.get(value)?.producer ?? null, value, found?.judgement ?? judgement);
      findings.push(finding);
      if (reproducer) reproducers.push(reproducer);
      if (!found || finding.severity === 'overflow') break;
      const healed: Healed | null = await withoutNode(search, found.node);
      if (healed) opened.push(healed);
      place = healed;
    }
    return { findings, reproducers };
  } finally {
    await Promise.all(opened.map((healed) => healed.release()));
  }
}

/** A model with nodes taken out may be one that HTP takes nothing of: then there is no more to find. */
function nothingAfter(found: number, error: unknown): null {
  if (found === 0) throw error;
  nothing(error);
  return null;
}

async function explain(off: DivergentModel, node: Node | null, value: string, judgement: Judgement): Promise<{ finding: Finding; reproducer: Reproducer | null }> {
  if (judgement.verdict === 'overflow') return { finding: overflowFinding(off, node, value), reproducer: null };
  const alone = node ? { ...off, node } : null;
  const fed = alone ? [...(await regionInputs(alone))].find(([, array]) => largest(array) > FP16_MAX)?.[0] : undefined;
  if (fed !== undefined) return { finding: overflowFinding(off, off.model.graph.values.get(fed)?.producer ?? null, fed), reproducer: null };
  const reproducer = alone ? await reproduce(alone) : null;
  const { db, floor } = reproducer?.judgement ?? judgement;
  const label = node?.label ?? value;
  const finding: Finding = {
    ...placeOf(off, node, value), rule: 'htp/emulated-result', severity: 'wrong-result', confidence: reproducer ? 'very high' : 'high',
    reason: `HTP takes it and computes something else: ${text(db)} against ONNX Runtime, where ${off.arithmetic} explains ${text(floor)} or more. ${reproducer ? 'A model of this operator alone shows it.' : 'Alone it is right: the graph around it has part in the error.'}`,
    remedy: 'dyno rewrite --target htp mends the forms that are known; else write the operator in another form.',
    sources: [`${off.emulator.id}, ${reproducer ? 'one-node reproducer' : 'whole model'}`], cause: `emulated:${label}`,
  };
  return { finding, reproducer };
}

function overflowFinding(off: DivergentModel, node: Node | null, value: string): Finding {
  return {
    ...placeOf(off, node, value), rule: 'htp/emulated-overflow', severity: 'overflow', confidence: 'high',
    reason: 'Values beyond 65504 come out as something else: floats are computed in fp16.', remedy: 'Rescale or clip before this node, or quantize the model.',
    sources: [off.emulator.id], cause: `emulated-overflow:${node?.label ?? value}`,
  };
}

function placeOf({ emulator }: DivergentModel, node: Node | null, value: string): Pick<Finding, 'target' | 'evidence' | 'node' | 'opType' | 'scope' | 'value' | 'shape' | 'rewrites'> {
  return { target: emulator.id.replace(/^emulator:/, 'htp:'), evidence: 'emulated', node: node?.label ?? value, opType: node?.opType ?? '', scope: node ? scopeName(node) : null, value, shape: null, rewrites: [] };
}

function largest(array: NdArray): number {
  return Tensor.fromNdArray(array).numbers().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function text(db: number): string {
  return Number.isFinite(db) ? `${db.toFixed(1)} dB` : 'not a number in common';
}
