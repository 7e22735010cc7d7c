export { NETWORKS, networkNamed } from './catalog.ts';
export { countParameters, type Generated, generateNetwork, type GenerateOptions } from './generate.ts';
export { untrainedWeights } from './metadata.ts';
export type { Form, Network } from './network.ts';
export { randomWeights, type Weights } from './trace/weights.ts';
export { trainedFrom, trainedNames } from './trained.ts';
