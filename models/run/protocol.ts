import type { DType } from '../contracts/dtype.ts';
import type { PackedArray, Parcel } from './transfer.ts';

/** One input or output as ONNX Runtime sees it. */
export interface FaceValue {
  readonly name: string;
  /** Null for what is no tensor (sequence, optional, map). */
  readonly dtype: DType | null;
  /** Symbolic dimensions by name, null for unnamed ones. */
  readonly dims: readonly (number | string | null)[];
}

export interface ModelFace {
  readonly inputs: readonly FaceValue[];
  readonly outputs: readonly FaceValue[];
}

export interface SessionSpec {
  /** A file, or the model itself as Uint8Array. */
  readonly model: { readonly path: string } | { readonly bytes: Parcel };
  readonly optimization: 'off' | 'basic' | 'all';
  readonly threads: number | null;
  readonly fetch: readonly string[];
}

/** What the ONNX Runtime worker is asked. A session is opened under an id that the parent chose, or only for the run. */
export type OrtRequest =
  | { readonly kind: 'open'; readonly session: number; readonly spec: SessionSpec }
  | { readonly kind: 'run'; readonly session: number; readonly feeds: readonly PackedArray[]; readonly folder: string }
  | { readonly kind: 'release'; readonly session: number }
  | { readonly kind: 'describe'; readonly spec: SessionSpec }
  | { readonly kind: 'once'; readonly spec: SessionSpec; readonly feeds: readonly (readonly PackedArray[])[]; readonly folder: string };
