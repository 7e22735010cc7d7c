import { availableParallelism, cpus, release, totalmem, type as osType } from 'node:os';
import type { Environment } from '../../models/contracts/records.ts';
import { onnxRuntimeVersion } from '../../models/run/runtime-version.ts';
import { packageVersion } from '../package-root.ts';

/** What this machine and this dyno are, for reports and for comparing like with like. */
export function readEnvironment(): Environment {
  return {
    dyno: packageVersion(),
    node: process.version,
    os: `${osType()} ${release()} (${process.arch})`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    libraries: { onnxruntime: onnxRuntimeVersion() },
  };
}
