export { encodeModel } from './encode.ts';
export { cloneMessage } from './message.ts';
export { isExternal, payloadLength, tensorBytes } from './payload.ts';
export * from './proto.ts';
export { decodeModel, type OnnxModel, type ReadOptions, readModel } from './read.ts';
export { sha256File } from './sha256.ts';
export { Tensor } from './tensor.ts';
export { eachTensor, mapTensors } from './tensors.ts';
export { type WriteOptions, type WriteReport, writeModel } from './write.ts';
