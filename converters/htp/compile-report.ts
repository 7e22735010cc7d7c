/** Where the compiler put a node of the user's model. `absorbed`: no node of that name was left when the compiler chose (fused, folded, merged). */
export type HtpUnit = 'htp' | 'cpu' | 'absorbed';

/** One node of the user's model after compilation. */
export interface CompiledNode {
  /** Position in the file. */
  readonly index: number;
  /** Its name; `#index OpType` where it has none. */
  readonly label: string;
  readonly opType: string;
  readonly unit: HtpUnit;
  /** Why it was refused, in the vendor's words; null where it was not, or where nothing was said. */
  readonly reason: string | null;
  /** Operators that the provider put in on its behalf, e.g. layout transposes, with the unit of each. */
  readonly inserted: readonly InsertedNode[];
}

export interface InsertedNode {
  readonly opType: string;
  readonly unit: 'htp' | 'cpu';
}

/** The compiler's own figures for one graph. Deterministic for a model, chip, options and library build. */
export interface GraphFigures {
  /** DDR traffic of one inference, bytes, spills and fills included. */
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly spillBytes: number;
  readonly fillBytes: number;
  readonly supertiles: number;
  readonly vtcmBytes: number | null;
  readonly hvxThreads: number | null;
  readonly socType: string | null;
}

/** Time the compiler spent, on this machine. Not part of what is compared. */
export interface StageTime {
  readonly stage: string;
  readonly microseconds: number;
}

/** Why no graph came out although nodes were accepted. */
export interface CompileFailure {
  /** `QNN_COMMON_ERROR_MEM_ALLOC`, `crash`, …: a stable name. */
  readonly name: string;
  readonly code: number | null;
  readonly message: string;
  readonly advice: readonly string[];
}

/** What Qualcomm's HTP compiler made of a model for one chip. Evidence `compiled`. */
export interface CompileReport {
  readonly chip: string;
  readonly socModel: number;
  readonly hexagon: number;
  /** QAIRT build string; a context binary needs libraries on the phone that are at least as new. */
  readonly build: string | null;
  /** Versions of `onnxruntime` and `onnxruntime-qnn`. */
  readonly packages: Readonly<Record<string, string>>;
  /** Provider options that the figures hold for. */
  readonly options: Readonly<Record<string, string>>;
  /** Nodes of the user's model in file order. */
  readonly nodes: readonly CompiledNode[];
  /** Graphs on HTP: 1 where the model is whole, 0 where nothing was taken. */
  readonly htpGraphs: number;
  /** Nodes that stay on the CPU, those of the provider included. */
  readonly cpuNodes: number;
  readonly graphs: readonly GraphFigures[];
  readonly failure: CompileFailure | null;
  readonly stages: readonly StageTime[];
  /** Wall time of the compilation and peak memory of its process, on this machine. */
  readonly seconds: number;
  readonly peakBytes: number | null;
}

/** DDR traffic of one inference over all graphs, bytes: what is read and written, and the part of it that is spills and fills. */
export function trafficOf({ graphs }: CompileReport): { readonly all: number; readonly spillFill: number } {
  return {
    all: graphs.reduce((sum, g) => sum + g.readBytes + g.writeBytes, 0),
    spillFill: graphs.reduce((sum, g) => sum + g.spillBytes + g.fillBytes, 0),
  };
}

/** True when one graph holds every node and it compiled. */
export function isWhole(report: CompileReport): boolean {
  return report.failure === null && report.htpGraphs === 1 && report.cpuNodes === 0;
}

/** True for a conversion at the model's face that the provider leaves to the CPU by its settings (`offload_graph_io_quantization`). */
export function isFaceConversion({ unit, reason }: CompiledNode): boolean {
  return unit === 'cpu' && reason !== null && FACE_CONVERSION.test(reason);
}

export const FACE_CONVERSION = /configured to not take D?Q nodes/;

/** True when one graph holds everything but conversions at the face. */
export function isOneGraph(report: CompileReport): boolean {
  return report.failure === null && report.htpGraphs === 1 && report.cpuNodes === report.nodes.filter(isFaceConversion).length;
}
