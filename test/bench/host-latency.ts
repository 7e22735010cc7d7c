/**
 * Host latency before and after rewriting: all exports of test/fixtures and the bundled networks, each original and its rewritten forms
 * in one interleaved schedule (a fresh process a block), open sizes at 256×256. What is rewritten for `host` is never slower than its
 * original beyond noise; what is rewritten for a phone's unit may be, for that unit is not the host. The verdict is `slower` only where the
 * whole 95 % interval of the ratio lies above 1.
 *
 *     npx tsx test/bench/host-latency.ts [--targets host,ane:A15,htp:SM8550] [--unit cpu:1] [--rounds 6-12] [--profile quick] [--only NAME]
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { rewriteModel } from '../../converters/rewrites/engine.ts';
import { resolveTarget } from '../../converters/rules/index.ts';
import {
  BLOCK_PROFILES, type BlockProfile, benchFeed, blockMedian, createHostDevice, type Device, median, PLAN_DEFAULTS, runSchedule, type Variant, variantOf,
} from '../../device-harness/index.ts';
import type { Measurement, NamedArrays } from '../../models/contracts/index.ts';
import { Model } from '../../models/graph/index.ts';
import { readModel, writeModel } from '../../models/onnx/index.ts';
import { compareTimes } from '../../reports/stats/index.ts';
import { fixture, repoRoot } from '../support/paths.ts';
import { markdownTable } from './markdown-table.ts';

const { values: options } = parseArgs({
  options: {
    targets: { type: 'string', default: 'host,ane:A15,htp:SM8550' },
    unit: { type: 'string', default: 'cpu:1' },
    rounds: { type: 'string', default: '6-12' },
    profile: { type: 'string', default: 'quick' },
    only: { type: 'string', default: '' },
  },
});

const OPEN_SIZE = 256;
const ORIGINAL = 'original';

const [minRounds, maxRounds = minRounds] = options.rounds.split('-').map(Number) as [number, number?];
const targets = options.targets.split(',');
const folder = mkdtempSync(join(tmpdir(), 'dyno-latency-'));
const device = createHostDevice();
try {
  const rows: string[][] = [];
  for (const path of subjects()) rows.push(...(await measure(path, device)));
  console.log(markdownTable(['model', 'target', 'nodes', 'before ms', 'after ms', 'ratio', '95 % interval', 'blocks', 'verdict'], rows));
  const slower = rows.filter((row) => row.at(-1) === 'slower');
  const changed = rows.filter((row) => row.at(-1) !== 'unchanged').length;
  console.log(`\n${changed} rewritten models on ${options.unit} of ${device.label}; ${slower.length} slower than their originals beyond noise.`);
} finally {
  await device.close();
  rmSync(folder, { recursive: true });
}

function subjects(): string[] {
  const inFolder = (at: string): string[] => readdirSync(at).filter((name) => name.endsWith('.onnx')).map((name) => join(at, name));
  return [...inFolder(fixture('exports')), ...inFolder(join(repoRoot, 'models/zoo/weights'))].filter((path) => path.includes(options.only));
}

async function measure(path: string, on: Device): Promise<string[][]> {
  const name = basename(path, '.onnx');
  const feed = feedOf(path);
  const original = await variantOf(ORIGINAL, path, feed);
  const forms = new Map<string, Form>();
  for (const target of targets) {
    const form = await rewritten(path, target, feed);
    const same = forms.get(form.variant.sha256);
    if (form.variant.sha256 !== original.sha256) forms.set(form.variant.sha256, same ? { ...same, targets: [...same.targets, target] } : form);
  }
  if (forms.size === 0) return [[name, targets.join(', '), '', '', '', '', '', '', 'unchanged']];
  const candidates = [...forms.values()];
  const { measurements } = await runSchedule(on, {
    ...PLAN_DEFAULTS, ...BLOCK_PROFILES[options.profile as BlockProfile], id: name, variants: [original, ...candidates.map(({ variant }) => variant)], units: [options.unit],
    minRounds, maxRounds, coolDown: { maxMs: 1000, totalMs: 10_000, pollMs: 200 },
    pairings: candidates.map(({ variant }) => ({ base: ORIGINAL, candidate: variant.id, maxIncrease: null })),
  }, { emit: () => undefined });
  console.error(`${name} measured`);
  const base = measurements.find(({ variant }) => variant === ORIGINAL);
  return candidates.map(({ variant: { id }, targets: fits, nodes }) =>
    [name, fits.join(', '), nodes, ...compared(base, measurements.find(({ variant }) => variant === id))]);
}

function compared(base: Measurement | undefined, candidate: Measurement | undefined): string[] {
  if (!base || !candidate) return ['', '', '', '', '', 'could not be measured'];
  const { ratio, direction } = compareTimes(base.blocks, candidate.blocks, { maxIncrease: null });
  const verdict = { better: 'faster', worse: 'slower', '~': 'the same' }[direction];
  const milliseconds = [base, candidate].map(({ blocks }) => median(blocks.map(blockMedian)).toFixed(3));
  return [...milliseconds, ratio.center.toFixed(3), `${ratio.low.toFixed(3)}–${ratio.high.toFixed(3)}`, String(ratio.n), verdict];
}

/** A rewritten model and the targets that it is the result for. */
interface Form {
  readonly variant: Variant;
  readonly targets: readonly string[];
  /** Before and after. */
  readonly nodes: string;
}

async function rewritten(path: string, target: string, feed: NamedArrays): Promise<Form> {
  const out = join(folder, `${basename(path, '.onnx')}.${target.replace(':', '-')}.onnx`);
  const onnx = readModel(path);
  try {
    const { model, log } = await rewriteModel(new Model(onnx.proto), { target: resolveTarget(target), precision: 'fp32', verify: 'off' });
    await writeModel(model.toProto(), out, { from: onnx });
    return { variant: await variantOf(target, out, feed), targets: [target], nodes: `${log.nodesBefore} → ${log.nodesAfter}` };
  } finally {
    onnx.close();
  }
}

function feedOf(path: string): NamedArrays {
  const onnx = readModel(path);
  try {
    const inputs = new Model(onnx.proto).graph.inputs.filter((value) => !value.initializer);
    return benchFeed(inputs.map(({ name, type }) => ({ name, dtype: type.dtype, dims: type.shape ?? [] })), [], { seed: 1, defaultDim: OPEN_SIZE });
  } finally {
    onnx.close();
  }
}
