import { UserError } from '../../models/contracts/errors.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import { inferShapes } from '../../models/graph/infer/infer-shapes.ts';
import { Model } from '../../models/graph/model.ts';
import { bindInputShapes, parseStaticShape } from '../../models/graph/static.ts';
import { type OnnxModel, readModel } from '../../models/onnx/read.ts';
import type { ModelEntry } from '../config/config.ts';
import { inputContract } from './contract.ts';

/** A model that was read and whose shapes are inferred. Close it when done: large weights are still in the file. */
export interface OpenedModel {
  readonly onnx: OnnxModel;
  readonly model: Model;
  close(): void;
}

/**
 * Reads a model and infers its shapes; `shapes` (`NAME=1x3x128x128`) makes inputs static. Throws UserError for anything that is no sound
 * model.
 */
export function openModel(path: string, shapes: readonly string[] = []): OpenedModel {
  const onnx = readModel(path);
  try {
    const model = new Model(onnx.proto);
    if (shapes.length > 0) bindInputShapes(model, new Map(shapes.map(parseStaticShape)));
    else inferShapes(model);
    return { onnx, model, close: () => onnx.close() };
  } catch (error) {
    onnx.close();
    throw error instanceof UserError ? new UserError(`${path}: ${error.message}`, error.nextSteps, { cause: error }) : error;
  }
}

/** Contracts by graph input, for those who prove things by value ranges. */
export function contractsOf(model: Model, entry: ModelEntry): ReadonlyMap<string, InputContract> {
  const contract = inputContract(model, entry);
  return entry.input || contract.kind === 'image' ? new Map([[contract.name, contract]]) : new Map();
}
