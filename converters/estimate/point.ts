/** Precisions that latencies are known in. */
export type EstimatePrecision = 'w8a8' | 'fp16';

/** What a latency is estimated from: arithmetic on the model, and the compiler's own figures for its graph. */
export interface LatencyFigures {
  readonly macs: number;
  /** DDR bytes read and written per inference, spills and fills included. */
  readonly bytes: number;
  /** Types of the operators that the float network is made of, sorted. */
  readonly operators: readonly string[];
}

/** A latency that somebody measured on a phone, beside what the compiler says of the same network. */
export interface CalibrationPoint extends LatencyFigures {
  /** Who measured, e.g. `AI Hub perf.yaml`. */
  readonly source: string;
  readonly model: string;
  readonly chip: string;
  readonly precision: EstimatePrecision;
  readonly ms: number;
}
