import type { QnnDataType } from './data-types.ts';

export type QnnBackend = 'htp' | 'gpu' | 'cpu';

/** A tensor at the face of what a QNN tool made, as it is there: tools move axes and change types. */
export interface QnnTensor {
  /** Name in the artifact: QNN makes identifiers of names. */
  readonly name: string;
  /** Name in the ONNX model. */
  readonly onnxName: string;
  readonly type: QnnDataType;
  readonly dims: readonly number[];
  /** Order in which the artifact has the axes of the ONNX tensor, e.g. 0,2,3,1 for NHWC; null where they are as in the model. */
  readonly axes: readonly number[] | null;
  /** real = (integer + offset) · scale, of fixed-point types. */
  readonly scale: number | null;
  readonly offset: number | null;
}

/** What goes to a phone for one model. */
export interface QnnArtifact {
  readonly form: 'context-binary' | 'dlc' | 'model-library';
  readonly path: string;
  readonly sha256: string;
  /** Graph name inside; settings for HTP name it. */
  readonly graph: string;
  /** Back ends that can run it. A context binary belongs to the one that made it. */
  readonly backends: readonly QnnBackend[];
  /** Chip that a context binary was made for; null where it is made on the phone. */
  readonly chip: string | null;
  /** Build of the libraries that made it, `v2.51.0.260929181845`: a context binary needs a runtime at least as new. */
  readonly build: string | null;
  readonly inputs: readonly QnnTensor[];
  readonly outputs: readonly QnnTensor[];
  /** The ONNX model that it was made of: reference for its outputs, and names for its operations. */
  readonly source: { readonly path: string; readonly sha256: string };
  /** Tool and build that made it, e.g. `onnxruntime-qnn 2.7.0`. */
  readonly madeBy: string;
}
