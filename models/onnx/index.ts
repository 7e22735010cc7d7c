export { encodeModel } from './codec.ts';
export { cloneMessage } from './message.ts';
export { tensorBytes } from './payload.ts';
export * from './proto.ts';
export { decodeModel, type OnnxModel, readModel } from './read.ts';
export { Tensor } from './tensor.ts';
export { type WriteOptions, type WriteReport, writeModel } from './write.ts';
