import { type Comparison, type Executor, type InputContract, type RewriteRecord, UserError } from '../../models/contracts/index.ts';
import { Model } from '../../models/graph/index.ts';
import type { WriteOptions } from '../../models/onnx/index.ts';
import { withOpset } from '../opset/index.ts';
import { ADAPTER_VERSION, type AdapterSpec } from './adapter-spec.ts';
import type { FaceRequest } from './face-request.ts';
import { type FaceState, initialState } from './face-state.ts';
import { cutAt, cutFrom } from './requests/cut.ts';
import { embedNorm } from './requests/embed-norm.ts';
import { hoistInput } from './requests/hoist-input.ts';
import { nhwcFace } from './requests/nhwc.ts';
import { staticShape } from './requests/static-shape.ts';
import { uint8Face } from './requests/uint8.ts';
import { verifyFace } from './verify-face.ts';

export interface FaceOptions {
  /** Proves the new face; left out, nothing is run. */
  readonly executor?: Executor;
  /** Version of ai.onnx that the result may use; left out, the model's own. */
  readonly opset?: number;
  /** Contracts of graph inputs by name. */
  readonly contracts?: ReadonlyMap<string, InputContract>;
  readonly seed?: number;
  /** How models are written for the runtime, e.g. where their external data lies. */
  readonly write?: WriteOptions;
  readonly signal?: AbortSignal;
}

export interface FaceResult {
  readonly model: Model;
  readonly adapter: AdapterSpec;
  /** Contracts of the new model's inputs, by name. */
  readonly contracts: ReadonlyMap<string, InputContract>;
  /** One line of the rewrite log for each request. */
  readonly records: readonly RewriteRecord[];
  /** old(x) against post(new(pre(x))); null without an executor, or where `notes` say why. */
  readonly comparison: Comparison | null;
  readonly notes: readonly string[];
}

/** Requests are carried out in this order, whatever the order they come in: each builds on the face that the ones before leave. */
const ORDER: readonly FaceRequest['kind'][] = ['static', 'cut-from', 'cut-at', 'hoist-input', 'embed-norm', 'nhwc', 'uint8'];

/**
 * Changes the face of a model as asked, and says what its callers do from now on: old(x) = post(new(pre(x))), proved in the executor. The
 * given model is left as it is. Throws UserError where a request does not fit the model, BugError where the proof fails.
 */
export async function applyFaces(model: Model, requests: readonly FaceRequest[], options: FaceOptions = {}): Promise<FaceResult> {
  if (requests.length === 0)
    throw new UserError('No change of the face was asked for.', [
      'Ask with --hoist-input, --embed-norm, --cut-at, --cut-from, --static or --face.',
    ]);
  const proto = model.toProto();
  const original = new Model(proto);
  const start = options.opset === undefined ? new Model(proto) : new Model(withOpset(proto, options.opset));
  const contracts = options.contracts ?? new Map<string, InputContract>();
  initialState(original, contracts);
  let state = initialState(start, contracts);
  for (const request of inOrder(requests)) state = apply(state, request);
  const compared = options.executor
    ? await verifyFace(original, state, {
        executor: options.executor,
        seed: options.seed ?? 0,
        contracts,
        shapes: fixedShapes(requests),
        write: options.write,
        signal: options.signal,
      })
    : null;
  const comparison = typeof compared === 'string' ? null : compared;
  return {
    model: state.model,
    contracts: state.contracts,
    comparison,
    adapter: { version: ADAPTER_VERSION, inputs: state.inputs, outputs: state.outputs },
    records: comparison ? state.records.map((record) => ({ ...record, verified: comparison })) : state.records,
    notes: typeof compared === 'string' ? [`The new face was not verified: ${compared}.`] : [],
  };
}

function inOrder(requests: readonly FaceRequest[]): FaceRequest[] {
  return [...requests].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

function apply(state: FaceState, request: FaceRequest): FaceState {
  switch (request.kind) {
    case 'static':
      return staticShape(state, request);
    case 'cut-from':
      return cutFrom(state, request);
    case 'cut-at':
      return cutAt(state, request);
    case 'hoist-input':
      return hoistInput(state, request);
    case 'embed-norm':
      return embedNorm(state, request);
    case 'nhwc':
      return nhwcFace(state);
    case 'uint8':
      return uint8Face(state, request);
  }
}

function fixedShapes(requests: readonly FaceRequest[]): Map<string, readonly (number | null)[]> {
  return new Map(requests.flatMap((request) => (request.kind === 'static' ? [...request.shapes] : [])));
}
