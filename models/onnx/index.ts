export * from './proto.ts';
export { Tensor } from './tensor.ts';
