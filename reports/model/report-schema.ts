import { z } from 'zod';
import {
  compiledRecord, deviceRecord, environment, evidence, facts, list, measured, measurement, operationPlacement, operationProfile, packageRecord, qualityRecord, rewriteLog, rootCause, strings, sustainedRecord,
} from './record-schemas.ts';

/** Version of the report format that this build writes. */
export const SCHEMA_VERSION = 1;

const interval = z.object({
  center: z.number(), low: measured, high: measured, confidence: z.number(), n: z.number(), warnings: strings,
}).describe('A value and the interval that holds the true one; a null end is open.');

const model = z.object({
  id: z.string(), path: z.string(), sha256: z.string(), bytes: z.number(), opset: z.number(), nodes: z.number(),
  parameters: z.number().nullable(), macs: z.number().nullable(), maxRank: z.number().nullable(),
  inputs: list(z.object({ name: z.string(), type: z.string() })), outputs: list(z.object({ name: z.string(), type: z.string() })),
});

const variant = z.object({
  id: z.string(), title: z.string(), model: z.string().describe('Id of the model that it was made from.'),
  target: z.string().nullable(), precision: z.string(), file: z.string().nullable().describe('Path inside the run directory.'),
  sha256: z.string(), bytes: z.number(), nodes: z.number().nullable(), parameters: z.number().nullable(),
  macs: z.number().nullable(), maxRank: z.number().nullable(),
}).describe('A model in the form that was measured.');

const check = z.object({
  subject: z.string().describe('Id of the model or variant that was checked.'), target: z.string(), note: z.string().nullable(),
  causes: list(rootCause), predicted: z.exactOptional(operationPlacement).describe('Where the rules expect the nodes to run.'),
});

const quantization = z.object({
  variant: z.string(), base: z.string(), scheme: z.string(), method: z.string().describe('How activation ranges were chosen.'),
  images: z.number(), dataset: z.string(), facts, warnings: strings,
  layers: list(z.object({ node: z.string(), opType: z.string(), facts })),
});

const latency = z.object({
  variant: z.string(), device: z.string(), unit: z.string(), effectiveUnit: z.string(), evidence,
  ms: interval.describe('Geometric mean of the block medians.'), minMs: z.number(), p10Ms: z.number(), p90Ms: z.number(),
  p99Ms: z.number().nullable(), blockSpread: z.number().describe('Largest over smallest block median, minus 1.'),
  loadMs: z.number(), firstMs: z.number(), blocks: z.number(), samples: z.number(),
  outliers: z.object({ mild: z.number(), severe: z.number(), total: z.number() }), warnings: strings,
});

const change = z.object({
  base: z.string(), candidate: z.string(), device: z.string(), unit: z.string(), evidence,
  ratio: interval.describe('Candidate over base, by pairs of blocks taken side by side.'), direction: z.enum(['better', 'worse', '~']),
  p: z.number().describe('Sign-flip test of no change.'), warnings: strings,
});

const qualityChange = z.object({
  base: z.string(), candidate: z.string(), protocol: z.string(), dataset: z.string(), executor: z.string(), unit: z.string(),
  drop: interval.describe('Loss, mean over images, with an interval over the image set: base minus candidate where high values are good; positive is a loss.'),
  better: z.exactOptional(z.enum(['lower', 'one'])), tag: z.exactOptional(z.string()),
});

const picture = z.object({ path: z.string().describe('Relative to the report.'), sha256: z.string() });

const crop = z.object({
  reason: z.enum(['worst', 'median', 'detail', 'chosen']), image: z.string(),
  of: z.exactOptional(z.string()).describe('Variant whose worst window it is.'), against: z.exactOptional(z.string()).describe('What that differs from.'), x: z.number(), y: z.number(),
  width: z.number(), height: z.number(), differenceScale: z.number().describe('8-bit levels that the brightest colour stands for.'),
  views: list(z.object({
    variant: z.string(), psnr: z.number().nullable(), picture, difference: picture.extend({ maxLevels: z.number() }).nullable(),
  })).describe('The original first.'),
});

const gate = z.object({
  id: z.string().describe('Stable from run to run.'), metric: z.string(), title: z.string(), level: z.enum(['error', 'warn']),
  status: z.enum(['ok', 'failed', 'warn', 'inconclusive', 'missing']),
  subject: z.object({
    variant: z.string().nullable(),
    target: z.string().nullable(),
    device: z.string().nullable(),
    unit: z.string().nullable(),
  }),
  evidence: evidence.nullable(),
  dimension: z.string().describe('Unit of value, base and limit: ms, bytes, dB, %, or nothing.'),
  value: measured,
  low: measured,
  high: measured,
  base: measured,
  limit: measured,
  n: z.number(),
  message: z.string(),
});

const omission = z.object({
  step: z.string(), kind: z.string(), title: z.string(), device: z.string().nullable().describe('The one device that was taken out of the step; null where all of it was left out.'),
  by: z.enum(['user', 'need']).describe('A person, or because something that the step needs was left out.'), reason: z.string(),
});

const artifact = z.object({ path: z.string(), kind: z.string(), sha256: z.string(), bytes: z.number() });

const verdict = z.object({
  status: z.enum(['ok', 'failed', 'warn', 'inconclusive', 'missing']), sentence: z.string(), exitCode: z.number(),
});

export const reportSchema = z
  .object({
    $schema: z.exactOptional(z.string()),
    schemaVersion: z.literal(SCHEMA_VERSION),
    run: z.object({
      id: z.string(),
      title: z.string(),
      startedAt: z.string(),
      finishedAt: z.string(),
      command: z.string().describe('Reproduces the run.'),
      resumed: z.boolean(),
      resumedAt: z.exactOptional(z.string()).describe('When the session began that ended a resumed run: what is older was kept.'),
      seed: z.number().nullable(),
    }),
    verdict,
    environment,
    reference: z.string().nullable().describe('Variant that the others of its model are compared with; those of other models with the first of theirs.'),
    models: list(model),
    targets: list(z.object({ label: z.string(), note: z.string().nullable() })),
    variants: list(variant),
    checks: list(check),
    compiled: z.exactOptional(list(compiledRecord)),
    packages: z.exactOptional(list(packageRecord)),
    rewrites: list(z.object({ variant: z.string(), log: rewriteLog })),
    quantizations: list(quantization),
    devices: z.exactOptional(list(deviceRecord)),
    measurements: list(measurement),
    operations: z.exactOptional(list(operationProfile)),
    sustained: z.exactOptional(list(sustainedRecord)),
    latencies: list(latency),
    changes: list(change),
    qualityChanges: list(qualityChange),
    quality: list(qualityRecord),
    protocols: z.record(z.string(), z.string()).describe('What each protocol fixes, in words.'),
    crops: list(crop),
    gates: list(gate),
    omissions: z.exactOptional(list(omission)).describe('What a person left out of the run, and what could not be done without that.'),
    artifacts: list(artifact),
    warnings: list(z.object({ code: z.string(), text: z.string(), hint: z.string().nullable() })),
  })
  .describe('What one run of dyno learned.');
