export * from './contracts/index.ts';
export * from './graph/index.ts';
export * from './onnx/index.ts';
export * from './run/index.ts';
export * from './zoo/index.ts';
