export { applyCompression, type Compressed } from './apply-compression.ts';
export type { CompressionCalibration } from './calibration.ts';
export { type ActivationPeak, activationPeak } from './figures/activation-peak.ts';
export { type CompressedSize, compressedSize } from './figures/compressed-size.ts';
export { type BytesMoved, bytesMoved } from './figures/bytes-moved.ts';
export { type LayerSparsity, type Sparsity, trueSparsity } from './figures/sparsity.ts';
export type { Change, CompressionLog, Kept, StepLog } from './log.ts';
export { COMPRESSIONS, type CompressionStep, formatStep, parseCompression } from './spec.ts';
export type { CompressionOptions } from './step-context.ts';
