import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';

/** Emits what an operation computes and gives its ONNX values, one for each result; one name stands for a list of one. */
export type Translate = (operands: Operands, out: Emitter) => string | readonly string[];

/** Translations by type of operation. */
export type Family = Readonly<Record<string, Translate>>;
