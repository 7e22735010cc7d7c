import type { ArrayFile } from '../../../converters/toolchain/index.ts';

/** What `openvino.block` of the Python worker answers. */
export interface OpenVinoBlock {
  readonly startedAt: string;
  /** From starting OpenVINO over reading to the compiled model. */
  readonly loadMs: number;
  readonly firstMs: number;
  readonly warmUpRuns: number;
  readonly stable: boolean;
  readonly samples: readonly number[];
  /** Share of all cores that other processes took during the timed part, 0…1; null where the system does not tell. */
  readonly foreignLoad: number | null;
  readonly outputSha256: Readonly<Record<string, string>>;
  readonly outputs: readonly ArrayFile[] | null;
  /** Of the whole process, Python included. */
  readonly peakMemoryBytes: number | null;
  /** What the plugin made of what was asked for, by OpenVINO's names. */
  readonly settings: Readonly<Record<string, string>>;
}
