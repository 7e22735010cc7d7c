import { UserError } from '../../models/contracts/index.ts';

/** Hardware by OpenVINO's own names. */
export const OPENVINO_DEVICES = ['CPU', 'GPU', 'NPU'] as const;

/** What a model is compiled with, by OpenVINO's names. */
export type Properties = Readonly<Record<string, string | number>>;

/** Units that a device is measured on where nobody names any. */
export function unitsOf(device: string): readonly string[] {
  const kind = kindOf(device);
  return kind === 'cpu' ? ['cpu:1', 'cpu:all'] : [kind];
}

/**
 * Properties for a unit of `CPU`, `GPU`, `GPU.1` or `NPU`: `cpu:1`, `cpu:2`, …, `cpu:all`, with `:bf16` behind it where float32 models may be computed
 * in bfloat16; `gpu`; `npu`. Without a word OpenVINO computes float32 models in bfloat16 on processors that have it, and in float16 on GPUs: on
 * the CPU the precision is asked for, so that times are those of the model as it is. Throws UserError for a unit that the device does not have.
 */
export function settingsOf(device: string, unit: string): Properties {
  const kind = kindOf(device);
  const latency = { PERFORMANCE_HINT: 'LATENCY' };
  const [, threads, precision] = (kind === 'cpu' && /^cpu:(all|[1-9]\d*)(?::(bf16))?$/.exec(unit)) || [];
  if (threads !== undefined) {
    return { ...latency, NUM_STREAMS: '1', INFERENCE_PRECISION_HINT: precision ?? 'f32', ...(threads === 'all' ? {} : { INFERENCE_NUM_THREADS: Number(threads) }) };
  }
  if (unit === kind && kind !== 'cpu') return latency;
  throw new UserError(`OpenVINO's ${device} has no unit "${unit}".`, [kind === 'cpu' ? 'Use cpu:1, cpu:2, … or cpu:all, with :bf16 behind it for bfloat16.' : `Use ${kind}, or leave the unit out.`]);
}

/** Properties that compute outputs as exactly as the device can. */
export function exactSettings(device: string, threads: number | undefined): Properties {
  const kind = kindOf(device);
  if (kind === 'npu') return {};
  const exact = { EXECUTION_MODE_HINT: 'ACCURACY' };
  return kind === 'gpu' ? exact : { ...exact, INFERENCE_PRECISION_HINT: 'f32', ...(threads === undefined ? {} : { INFERENCE_NUM_THREADS: threads }) };
}

function kindOf(device: string): string {
  return (device.split('.')[0] as string).toLowerCase();
}
