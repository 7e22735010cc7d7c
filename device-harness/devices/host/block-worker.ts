import { createHash } from 'node:crypto';
import { cpus } from 'node:os';
import type { NamedArrays } from '../../../models/contracts/executor.ts';
import { fromResults, OrtSession } from '../../../models/run/ort-session.ts';
import { packArrays, unpackArrays } from '../../../models/run/transfer.ts';
import { serve } from '../../../models/run/worker-side.ts';
import { timedPartIsOver, WarmUp } from '../../method/warm-up.ts';
import type { BlockAnswer, BlockRequest } from './protocol.ts';

serve(measure);

/**
 * One block: load, first run, warm-up, timed part. A sample is one call of the session with the inputs at hand, until its outputs
 * can be read, on the monotonic clock.
 */
async function measure(request: BlockRequest): Promise<BlockAnswer> {
  const startedAt = new Date().toISOString();
  const feed = unpackArrays(request.feed);
  const loadStart = process.hrtime.bigint();
  const session = await OrtSession.load(request.modelPath, { optimization: 'all', threads: request.threads, fetch: [] });
  const loadMs = since(loadStart);
  const tensors = session.toFeeds(feed);
  const firstStart = process.hrtime.bigint();
  const outputs = fromResults(await session.runTensors(tensors));
  const firstMs = since(firstStart);
  const timeOne = async (): Promise<number> => {
    const start = process.hrtime.bigint();
    await session.runTensors(tensors);
    return since(start);
  };
  const warmUp = await runWarmUp(timeOne, request);
  const cpu = busyCpu();
  const samples = await runTimedPart(timeOne, request);
  return {
    startedAt, loadMs, firstMs, samples, ...warmUp,
    foreignLoad: foreignLoad(cpu, busyCpu()),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    outputSha256: hashes(outputs),
    outputs: request.outputsTo === null ? null : packArrays(outputs, request.outputsTo),
  };
}

async function runWarmUp(timeOne: () => Promise<number>, { warmUp: rule }: BlockRequest): Promise<{ warmUpRuns: number; stable: boolean }> {
  const warmUp = new WarmUp(rule);
  for (;;) {
    const state = warmUp.add(await timeOne());
    if (state !== 'go on') return { warmUpRuns: warmUp.runs, stable: state === 'stable' };
  }
}

async function runTimedPart(timeOne: () => Promise<number>, { timed }: BlockRequest): Promise<Float64Array> {
  const samples: number[] = [];
  for (let total = 0; !timedPartIsOver(samples.length, total, timed); total += samples.at(-1) as number) samples.push(await timeOne());
  return Float64Array.from(samples);
}

function since(start: bigint): number {
  return Number(process.hrtime.bigint() - start) / 1e6;
}

interface CpuTimes {
  readonly all: number;
  readonly busy: number;
  readonly own: number;
}

/** Milliseconds of processor time since boot, of everybody and of this process. */
function busyCpu(): CpuTimes {
  const total = cpus().map(({ times }) => ({ busy: times.user + times.nice + times.sys + times.irq, idle: times.idle }));
  const busy = total.reduce((sum, core) => sum + core.busy, 0);
  const { user, system } = process.cpuUsage();
  return { busy, all: busy + total.reduce((sum, core) => sum + core.idle, 0), own: (user + system) / 1000 };
}

function foreignLoad(before: CpuTimes, after: CpuTimes): number {
  const all = after.all - before.all;
  return all > 0 ? Math.min(Math.max((after.busy - before.busy - (after.own - before.own)) / all, 0), 1) : 0;
}

function hashes(outputs: NamedArrays): Record<string, string> {
  return Object.fromEntries([...outputs].map(([name, { data }]) => {
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    return [name, createHash('sha256').update(bytes).digest('hex')];
  }));
}
