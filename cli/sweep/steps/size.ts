import { join } from 'node:path';
import { activationPeak, bytesMoved, compressedSize, trueSparsity } from '../../../converters/compress/index.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import type { InputContract } from '../../../models/contracts/input-contract.ts';
import { maxRank, type Model, modelCost, staticShape } from '../../../models/graph/index.ts';
import { bindInputShapes } from '../../../models/graph/static.ts';
import type { OnnxModel } from '../../../models/onnx/read.ts';
import type { ModelEntry } from '../../config/config.ts';
import type { Step, StepContext } from '../../pipeline/step.ts';
import { inputContract, realInputs } from '../../work/contract.ts';
import type { Size } from '../resolution.ts';
import { shapesAt } from '../source.ts';
import { type Built, orFailed, passedOn, withModel, writeTransformed } from './built.ts';
import type { SourceBuilt } from './source.ts';

/** What arithmetic says of a model at one size; null where it cannot. */
export interface Figures {
  readonly parameters: number;
  readonly macs: number | null;
  readonly nodes: number;
  readonly rank: number | null;
  readonly bytes: number;
  readonly deflated: number;
  /** Share of zeros among weights; null for a model without any. */
  readonly sparsity: number | null;
  readonly activations: number | null;
  /** Inputs, outputs and weights, each once. */
  readonly least: number | null;
}

/** A model whose input has one size. */
export interface Sized extends Built {
  readonly input: Size | null;
  readonly output: Size | null;
  readonly figures: Figures | null;
}

export interface SizeStepOptions {
  readonly id: string;
  readonly model: string;
  /** The model and what was done to it, for people. */
  readonly name: string;
  readonly input: ModelEntry['input'];
  readonly from: string;
  /** The model before its numbers were changed, whose parameters are counted. */
  readonly counted: string;
  /** Step that knows how papers count it; null where the graph was changed since. */
  readonly exact: string | null;
  readonly size: Size;
  readonly notes: readonly string[];
  readonly versions: object;
}

/** Gives a model its size and computes what arithmetic alone can say. */
export function sizeStep({ id, model, name, input, from, counted, exact, size, notes, versions }: SizeStepOptions): Step {
  return {
    id, kind: 'size', title: `Size ${name}: ${size.join('×')}`, needs: [...new Set([from, counted, ...(exact === null ? [] : [exact])])], key: { input, size, notes, versions },
    run: (context) => orFailed(context, async () => {
      const before = context.input<Built>(from);
      if (before.file === null) return passedOn(before);
      const path = context.artifacts.at(before.file);
      const parameters = (exact === null ? null : context.input<SourceBuilt>(exact).parameters) ?? (await countedIn(context, counted));
      return withModel(path, async ({ model: graph, onnx }) => {
        const contract = inputContract(graph, { input });
        const kept = await bind(graph, contract, size, onnx, context);
        const artifacts = kept ? await context.artifacts.takeModel(kept, `${model}-${size.join('x')}`) : null;
        const file = artifacts ? artifacts[0].path : before.file as string;
        const output: Sized = {
          file, sha256: artifacts ? artifacts[0].sha256 : before.sha256, artifacts: artifacts ?? [], failed: null, notes: [...before.notes, ...notes],
          input: size, output: outputSize(graph, contract), figures: { ...(await figuresOf(graph)), parameters },
        };
        return { output, summary: `${output.figures?.nodes} nodes` };
      });
    }),
  };
}

async function countedIn(context: StepContext, id: string): Promise<number> {
  const { file } = context.input<Built>(id);
  return withModel(context.artifacts.at(file as string), async ({ model }) => modelCost(model).parameters);
}

/** Null where the file has that size already. Throws UserError for a size that it cannot take. */
async function bind(model: Model, contract: InputContract, size: Size, onnx: OnnxModel, { scratch, signal }: StepContext) {
  const inputs = realInputs(model);
  const wanted = shapesAt(model, contract, size);
  const own = inputs.find(({ name }) => name === contract.name)?.type;
  if (inputs.every(({ type }) => staticShape(type))) {
    if (own?.shape?.join() === wanted.get(contract.name)?.join()) return null;
    throw new UserError(`The file fixes its input at ${own?.shape?.join('×')}.`, ['Export it with open height and width, or leave it out of this resolution.']);
  }
  bindInputShapes(model, wanted);
  return writeTransformed(model, join(scratch, 'model.onnx'), onnx, signal);
}

async function figuresOf(model: Model): Promise<Omit<Figures, 'parameters'>> {
  const { macs, nodes } = modelCost(model);
  const { share, weights } = trueSparsity(model);
  const { bytes, deflated } = await compressedSize(model);
  return {
    macs, nodes, rank: maxRank(model), bytes, deflated, sparsity: weights === 0 ? null : share,
    activations: activationPeak(model)?.bytes ?? null, least: bytesMoved(model).least,
  };
}

function outputSize({ graph }: Model, { layout }: InputContract): Size | null {
  const shape = staticShape(graph.outputs[0]?.type);
  if (!shape || shape.length < 3) return null;
  const [height, width] = layout === 'NHWC' ? shape.slice(-3, -1) : shape.slice(-2);
  return [height as number, width as number];
}
