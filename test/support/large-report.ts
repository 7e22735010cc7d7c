import { buildReport, type Report } from '../../reports/model/index.ts';
import type { Block, GraphPicture, Measurement, OperationProfile, QualityRecord, RewriteRecord } from '../../models/contracts/index.ts';

export interface LargeReportSize {
  readonly measurements: number;
  readonly nodes: number;
  /** Of each block. */
  readonly samples?: number;
}

const UNITS = ['cpu', 'gpu', 'ane', 'all'];
const DEVICES = ['host', 'iphone:A15', 'android:SM8550', 'android:SM8650', 'mac'];
const TIME = '2026-11-21T12:00:00.000Z';

/** A report as large runs leave it: variants on several devices and units, and models of thousands of nodes with a finding and a rewrite at each. */
export function largeReport({ measurements: count, nodes, samples = 100 }: LargeReportSize): Report {
  const perVariant = DEVICES.length * UNITS.length;
  const variants = Array.from({ length: Math.max(1, Math.ceil(count / perVariant)) }, (_, i) => `variant-${i}-w8a8`);
  const measurements = Array.from({ length: count }, (_, i) => measurement(i, variants[Math.floor(i / perVariant)] as string, samples));
  return buildReport({
    run: { id: 'large', title: 'large', startedAt: TIME, finishedAt: TIME, command: 'dyno run', resumed: false, seed: 0 },
    environment: { dyno: '0.0.0', node: 'v20', os: 'Linux', cpu: 'CPU', cores: 2, memoryBytes: 1, libraries: {} },
    models: [],
    variants: variants.map((id) => ({ id, title: id, model: 'm', target: 'htp:SM8550', precision: 'w8a8', file: null, sha256: 'a'.repeat(64), bytes: 1000, nodes, parameters: 1, macs: 1, maxRank: 4 })),
    checks: [{ subject: 'm', target: 'htp:SM8550', note: null, causes: [
      { cause: 'rank', title: 'Tensor of rank 6 or more', severity: 'splits-graph', findings: Array.from({ length: nodes }, (_, i) => finding(i)) },
    ], predicted: { by: 'macs', operations: Array.from({ length: 400 }, (_, i) => ({ name: nodeName(i), opType: 'Conv', place: i % 9 ? 'htp' : 'other', work: i, count: 12 })) } }],
    rewrites: [{ variant: variants[0] as string, log: {
      target: 'htp:SM8550', precision: 'w8a8', records: Array.from({ length: nodes }, (_, i) => rewrite(i)), nodesBefore: nodes, nodesAfter: nodes, maxRankBefore: 6, maxRankAfter: 4,
    } }],
    measurements,
    operations: [profile(variants[0] as string, nodes)],
    quality: variants.map((variant, i) => quality(variant, i)),
  });
}

function nodeName(i: number): string {
  return `/model/layers.${i}/attn/proj/MatMul`;
}

function measurement(i: number, variant: string, samples: number): Measurement {
  return {
    variant, device: DEVICES[i % DEVICES.length] as string, unit: UNITS[Math.floor(i / DEVICES.length) % UNITS.length] as string, effectiveUnit: 'cpu', evidence: 'measured(host)',
    modelSha256: 'a'.repeat(64), inputShapes: { x: [1, 3, 64, 64] }, warnings: [], peakMemoryBytes: null, blocks: Array.from({ length: 6 }, (_, b) => block(i, b, samples)),
  };
}

function block(i: number, b: number, samples: number): Block {
  const noise = (k: number): number => ((k * 7919 + i * 104_729 + b * 31) % 1000) / 1000;
  return {
    samples: Array.from({ length: samples }, (_, k) => Number((5 + (i % 40) * 0.25 + noise(k)).toFixed(4))), loadMs: 50, firstMs: 9, warmup: { runs: 5, stable: true },
    startedAt: new Date(Date.parse(TIME) + (b * 1000 + i) * 1000).toISOString(), order: b * 1000 + i, round: b, thermal: 'nominal',
  };
}

function finding(i: number) {
  return {
    rule: 'htp/rank-over-5', target: 'htp:SM8550', severity: 'splits-graph', evidence: 'predicted', confidence: 'high', node: nodeName(i), opType: 'Reshape', scope: `/model/layers.${i}`,
    value: `v${i}`, shape: '[1, 2, 3, 4, 5, 6]', reason: `Reshape makes a tensor of rank 6 at ${i}.`, remedy: 'Write it in fewer axes.', rewrites: ['rank/chain'], sources: [], cause: 'rank',
  } as const;
}

function rewrite(i: number): RewriteRecord {
  return {
    rewrite: i % 2 ? 'rank/chain' : 'fold/skip', outcome: i % 5 ? 'fired' : 'refused', nodes: [nodeName(i)], scope: `/model/layers.${i}`, reason: `${i} branches are one`, exactness: 'exact', face: 'same',
    nodesBefore: 3, nodesAfter: 1, verified: { evidence: 'verified(host)', maxAbs: 1e-7, maxRelToRange: 1e-7, bitEqual: false, inputs: 1 },
    ...(i % 5 && i < 40 ? { picture: { before: picture(24), after: picture(8) } } : {}),
  };
}

function picture(count: number): GraphPicture {
  const nodes = Array.from({ length: count }, (_, i) => ({ id: `n${i}`, opType: 'Reshape', name: nodeName(i), detail: 'perm=[0, 2, 1]', changed: i > 0 && i < count - 1 }));
  return { nodes, edges: nodes.slice(1).map(({ id }, i) => ({ from: `n${i}`, to: id, label: 'float32 [1, 2, 3, 4]' })), omitted: 0 };
}

function profile(variant: string, nodes: number): OperationProfile {
  return {
    variant, device: 'android:SM8550', unit: 'htp', evidence: 'simulated', level: 'detailed', cycles: nodes * 100,
    operations: Array.from({ length: nodes }, (_, i) => ({ name: nodeName(i), opType: 'Conv', node: nodeName(i), cycles: (i * 7919) % 1000 })),
  };
}

function quality(variant: string, i: number): QualityRecord {
  return {
    variant, protocol: 'psnr:y:crop2:matlab', dataset: 'set', executor: 'host', evidence: 'computed', unit: 'dB', mean: 30 + (i % 17) / 10, note: null,
    perImage: Array.from({ length: 100 }, (_, k) => ({ image: `${k}.png`, value: 30 + ((k * 31 + i) % 100) / 50 })),
  };
}
