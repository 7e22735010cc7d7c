import { z } from 'zod';

/** Version of everything in this folder. A runner says in `runner.json` which one it speaks; another one is not understood. */
export const CONTRACT_VERSION = 1;

/** Largest part of a blob: older iPhones take a file as one packet, and give it ten seconds. */
export const MOST_PART_BYTES = 8 * 1024 * 1024;

export const schemaVersion = z.literal(CONTRACT_VERSION);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Ids become names of files. */
export const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/);
/** ISO 8601 in UTC with milliseconds, e.g. `2026-11-21T17:30:00.000Z`. */
export const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
export const milliseconds = z.number().nonnegative();
export const count = z.int().nonnegative();
export const size = z.int().positive();

/** What Core ML may use; the CPU is always among it. */
export const unitSchema = z.enum(['all', 'cpu', 'gpu', 'ane']);
/** One processor. */
export const processorSchema = z.enum(['cpu', 'gpu', 'ane']);
/** `ProcessInfo.thermalState`. `unknown` is never taken for cool. */
export const thermalSchema = z.enum(['nominal', 'fair', 'serious', 'critical', 'unknown']);
/** Element types of arrays that go in and come out; `uint8` is that of pictures. */
export const dtypeSchema = z.enum(['float16', 'float32', 'float64', 'int32', 'int8', 'uint8']);
/** What becomes of a step's outputs: nothing, their hashes, hashes and files. */
export const outputsSchema = z.enum(['none', 'hashes', 'files']);

export type Unit = z.infer<typeof unitSchema>;
export type Processor = z.infer<typeof processorSchema>;
export type Thermal = z.infer<typeof thermalSchema>;
export type ArrayDtype = z.infer<typeof dtypeSchema>;
export type OutputsWanted = z.infer<typeof outputsSchema>;
