export { knownData } from './elements.ts';
export { inferNode } from './infer-node.ts';
export { type InferOptions, inferShapes } from './infer-shapes.ts';
export { coveredOperators } from './registry.ts';
