import { totalmem } from 'node:os';
import { UserError } from '../../models/contracts/errors.ts';
import { bandRows } from '../../reports/photo/enlarge-photo.ts';
import type { PhotoPlan } from '../../reports/photo/photo-plan.ts';
import { encodingBytes } from '../../reports/photo/target-picture.ts';
import type { VipsHeader } from '../../reports/photo/vips-file.ts';

/** What this process holds before it starts: Node, the program, what decoding left. Measured on Linux with Node 24. */
const BASE_BYTES = 200e6;
/** Elements of JavaScript arrays that live until they are collected, over those that are needed at a time. */
const SLACK = 3;

export interface MemoryRequest {
  readonly plan: PhotoPlan;
  readonly source: VipsHeader;
  readonly target: VipsHeader;
  readonly out: string;
  readonly jobs: number;
  /** Of one process that runs the model; null where it is not known. */
  readonly runtimeBytes: number | null;
}

/** Bytes that a plan needs, of all processes: those that run the model, and here rows of tiles of both pictures and tiles under way, or after them what encoding takes. */
export function neededBytes({ plan, source, target, out, jobs, runtimeBytes }: MemoryRequest): number {
  const [side, width] = [Math.max(...plan.down.map(({ size }) => size)), Math.max(...plan.across.map(({ size }) => size))];
  const sampleBytes = source.depth === 16 ? 8 : 1;
  const band = source.width * side * source.bands * (source.depth / 8 + sampleBytes);
  const canvas = target.width * bandRows(plan) * target.bands * (4 + target.depth / 8);
  const tile = side * width * (3 * (sampleBytes + 4) + plan.scale ** 2 * (12 * 3 + 8));
  return BASE_BYTES + canvas + Math.max(SLACK * (band + jobs * tile), encodingBytes(out, target)) + jobs * (runtimeBytes ?? 0);
}

/** The bytes that may be used: what was asked for, or half of the machine's. */
export function allowedBytes(asked: number | null): number {
  return asked ?? totalmem() / 2;
}

export function tooLittleMemory(needed: number, allowed: number): UserError {
  const mega = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  return new UserError(`This photo takes about ${mega(needed)} of memory in such tiles, and ${mega(allowed)} are allowed.`, [
    'Give smaller tiles (--tile N) or fewer jobs (--jobs 1).', `Or allow more: --max-memory ${Math.ceil(needed / 1e6)}`,
  ]);
}
