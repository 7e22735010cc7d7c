export * from './attributes.ts';
export { capturedNames } from './captures.ts';
export * from './cost/index.ts';
export {
  addDims, canonicalDim, ceilDim, divDims, evaluateDim, floorDim, maxDims, minDims, mulDims, productOf, subDims, symbolsOf,
} from './dims/dim.ts';
export { type FieldAxis, type ReceptiveField, receptiveField } from './field/receptive-field.ts';
export { Graph } from './graph.ts';
export { coveredOperators, type InferOptions, inferNode, inferShapes, knownData } from './infer/index.ts';
export { Model } from './model.ts';
export { Node } from './node.ts';
export { type NodeOptions, Patch, PatchRefused } from './patch.ts';
export { bindInputShapes, parseStaticShape, type StaticShapes } from './static.ts';
export * from './types.ts';
export { type Use, Value } from './value.ts';
