import { z } from 'zod';
import { EVIDENCE, SEVERITIES } from '../../models/contracts/index.ts';

/** Schemas of the records in `models/contracts`; a test holds that each record type is accepted by its schema's type. */

export const evidence = z.enum(EVIDENCE);
const severity = z.enum(SEVERITIES);
export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const strings = list(z.string());
const facts = z.record(z.string(), z.union([z.string(), z.number()]));
const versions = z.record(z.string(), z.string());
/** JSON has no infinity and no NaN: they are written as null. */
export const measured = z.number().nullable();

const comparison = z.object({
  evidence, maxAbs: measured, maxRelToRange: measured, bitEqual: z.boolean(), inputs: z.number(),
}).describe('Two executions of the same function compared; a null error was not finite.');

const finding = z.object({
  rule: z.string(), target: z.string(), severity, evidence, confidence: z.enum(['very high', 'high', 'medium', 'low']),
  node: z.string(), opType: z.string(), scope: z.string().nullable(), value: z.string().nullable(), shape: z.string().nullable(),
  reason: z.string(), remedy: z.string(), rewrites: strings, sources: strings, cause: z.string(),
});

export const rootCause = z.object({ cause: z.string(), title: z.string(), severity, findings: list(finding) })
  .describe('Findings that one change would mend.');

export const operationPlacement = z.object({
  by: z.enum(['macs', 'cycles', 'cost']).describe('What work counts.'),
  operations: list(z.object({
    name: z.string(), opType: z.string(), place: z.enum(['htp', 'ane', 'gpu', 'cpu', 'other', 'absorbed']), work: z.number(),
    count: z.exactOptional(z.number()).describe('Neighbours of one place told together.'),
  })),
}).describe('Operations in execution order, each where it runs.');

const graphPicture = z.object({
  nodes: list(z.object({ id: z.string(), opType: z.string(), name: z.string(), detail: z.string(), changed: z.boolean() })),
  edges: list(z.object({ from: z.string().nullable(), to: z.string().nullable(), label: z.string() })), omitted: z.number(),
}).describe('A few nodes of a graph, in execution order.');

const rewriteRecord = z.object({
  rewrite: z.string(), outcome: z.enum(['fired', 'refused', 'skipped']), nodes: strings, scope: z.string().nullable(), reason: z.string(),
  exactness: z.enum(['bit', 'exact', 'border', 'approximate']), face: z.enum(['same', 'layout', 'dtype', 'subset', 'static']),
  nodesBefore: z.exactOptional(z.number()), nodesAfter: z.exactOptional(z.number()),
  macsBefore: z.exactOptional(z.number()), macsAfter: z.exactOptional(z.number()),
  verified: z.exactOptional(comparison), facts: z.exactOptional(facts),
  picture: z.exactOptional(z.object({ before: graphPicture, after: graphPicture })),
});

export const rewriteLog = z.object({
  target: z.string(), precision: z.string(), records: list(rewriteRecord), nodesBefore: z.number(), nodesAfter: z.number(),
  maxRankBefore: z.number().nullable(), maxRankAfter: z.number().nullable(), whole: z.exactOptional(comparison),
});

const block = z.object({
  samples: list(z.number()).describe('Milliseconds, in the order taken.'), loadMs: z.number(), warmLoadMs: z.exactOptional(z.number()), firstMs: z.number(),
  warmup: z.object({ runs: z.number(), stable: z.boolean() }), startedAt: z.string(), order: z.number(),
  round: z.exactOptional(z.number()), thermal: z.string().nullable(), disturbed: z.exactOptional(z.string()),
  summary: z.exactOptional(z.object({ runs: z.number(), meanMs: z.number(), minMs: z.number().nullable(), maxMs: z.number().nullable() }))
    .describe('Where the tool keeps no single times; samples holds the mean alone.'),
  acceleratorMs: z.exactOptional(z.number()).describe('Mean on the accelerator alone.'),
}).describe('Load, warm-up and timed runs of one variant: the unit of replication, a fresh launch where the device allows one.');

const outputComparison = z.object({
  evidence: z.enum(['verified(host)', 'verified(emulator)', 'verified(simulated)', 'verified(device)']), against: z.string(), output: z.string(),
  bitEqual: z.boolean(), maxAbs: measured, db: measured, explained: z.boolean(),
}).describe('Outputs of a device against a reference; a null db is equality.');

export const deviceRecord = z.object({
  device: z.string(), label: z.string(), system: z.string().nullable(), chip: z.string().nullable(), evidence, tools: versions,
});

export const operationProfile = z.object({
  variant: z.string(), device: z.string(), unit: z.string(), evidence, level: z.enum(['detailed', 'optrace']), cycles: z.number().nullable(),
  operations: list(z.object({ name: z.string(), opType: z.string().nullable(), node: z.string().nullable(), cycles: z.number() })),
}).describe('Cycles by operation, from a run of its own.');

export const sustainedRecord = z.object({
  variant: z.string(), device: z.string(), unit: z.string(), evidence, framesPerSecond: z.number(), seconds: z.number(), frames: z.number(), missed: z.number(),
  samples: list(z.number()), cpuSeconds: z.number().nullable(), energyJoules: z.number().nullable(),
  health: list(z.object({ atSeconds: z.number(), text: z.string() })), warnings: strings,
}).describe('One model at a frame rate for a while.');

export const measurement = z.object({
  variant: z.string(), device: z.string(), unit: z.string(), effectiveUnit: z.string(), evidence, modelSha256: z.string(),
  inputShapes: z.record(z.string(), list(z.number())), blocks: list(block), replaced: z.exactOptional(list(block)),
  outputSha256: z.exactOptional(z.record(z.string(), z.string())), warnings: strings, peakMemoryBytes: z.number().nullable(),
  settings: z.exactOptional(versions), placement: z.exactOptional(operationPlacement).describe('Evidence planned.'),
  verified: z.exactOptional(list(outputComparison)),
});

export const qualityRecord = z.object({
  variant: z.string(), protocol: z.string(), dataset: z.string(), executor: z.string(), evidence, unit: z.string(), mean: z.number(),
  perImage: list(z.object({ image: z.string(), value: z.number() })), note: z.string().nullable(),
  tools: z.exactOptional(versions).describe('Versions of tools that the value depends on, a vendor\u2019s or a metric\u2019s file.'),
  better: z.exactOptional(z.enum(['lower', 'one'])).describe('Which values are good; absent: high ones.'),
  tag: z.exactOptional(z.string()).describe('The part of the data set that it is about; absent: all of it.'),
  degradation: z.exactOptional(z.string()).describe('How low-resolution images were made worse, and the seed.'),
  against: z.exactOptional(z.string()).describe('What outputs were compared with, where that is another model.'),
});

export const compiledRecord = z.object({
  variant: z.string(), target: z.string(), generation: z.string(), tools: versions, options: versions,
  segments: z.number().describe('Graphs on the unit; 1: the model is whole.'), unitNodes: z.number(), cpuNodes: z.number(),
  onCpu: list(z.object({ node: z.string(), opType: z.string(), reason: z.string().nullable() })),
  placement: z.exactOptional(operationPlacement),
  traffic: z.object({ readBytes: z.number(), writeBytes: z.number(), spillBytes: z.number(), fillBytes: z.number() }).nullable()
    .describe('DDR bytes of one inference; reads and writes include fills and spills.'),
  least: z.object({ ownFace: z.number(), uint8Face: z.number() }).nullable().describe('Inputs, outputs and weights: bytes that must cross the bus.'),
  context: z.object({ bytes: z.number(), sha256: z.string() }).nullable().describe('The context binary.'),
  failure: z.string().nullable(), verified: z.object({ output: z.string(), db: measured, floor: z.number() }).nullable(), note: z.string().nullable(),
}).describe('What a vendor\u2019s compiler made of a variant for one chip, evidence compiled.');

export const packageRecord = z.object({
  variant: z.string(), target: z.string(), file: z.string(), bytes: z.number(), system: z.string(), precision: z.enum(['fp16', 'fp32']), weights: z.string().nullable(),
  operations: list(z.object({ type: z.string(), count: z.number() })), islands: z.number().describe('Operations in float32 that nobody asked for.'), tools: versions,
  verified: z.object({ output: z.string(), db: measured, floor: z.number(), explained: z.boolean() }).nullable(), notes: strings,
}).describe('A Core ML package of a variant, evidence verified(host).');

export const environment = z.object({
  dyno: z.string(), node: z.string(), os: z.string(), cpu: z.string(), cores: z.number(), memoryBytes: z.number(),
  libraries: z.record(z.string(), z.string()),
});

export { facts, strings };
