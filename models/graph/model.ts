import type { ModelProto } from '../onnx/proto.ts';
import { cloneMessage } from '../onnx/message.ts';
import { exportGraph } from './export.ts';
import { Graph } from './graph.ts';

/** A model in memory: the message it came from and its main graph. */
export class Model {
  readonly proto: ModelProto;
  readonly graph: Graph;
  /** Operator set versions by domain; `""` is ai.onnx. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly irVersion: number;

  constructor(proto: ModelProto) {
    this.proto = proto;
    this.irVersion = Number(proto.irVersion ?? 0);
    this.opsets = new Map((proto.opsetImport ?? []).map((o) => [o.domain === 'ai.onnx' ? '' : (o.domain ?? ''), Number(o.version ?? 0)]));
    this.graph = new Graph(proto.graph ?? {}, this.irVersion >= 4);
  }

  /** Version of the ai.onnx operator set; 0 where the model imports none. */
  get opset(): number {
    return this.opsets.get('') ?? 0;
  }

  /** The message to write: everything that no patch touched is the very object that was read. */
  toProto(): ModelProto {
    const graph = exportGraph(this.graph);
    return graph === this.proto.graph ? this.proto : cloneMessage(this.proto, { graph });
  }
}
