import { z } from 'zod';
import { EVIDENCE, SEVERITIES } from '../../models/contracts/index.ts';
import { type Dimension, readQuantity } from './quantity.ts';

const quantity = (example: string, ...dimensions: Dimension[]) => z.union([z.string(), z.number()])
  .refine((text) => {
    const found = readQuantity(text)?.dimension;
    return found !== undefined && (dimensions.includes(found) || (found === 'count' && dimensions.includes('similarity')));
  }, `Expected a quantity such as "${example}"`)
  .describe(`E.g. "${example}".`);

const pattern = z.union([z.string(), z.array(z.string()).min(1)]).describe('Name, or pattern with * and ?; several: any of them.');
const level = z.enum(['error', 'warn', 'off']).describe('error: the gate fails the run; warn: it is only said; off: it is not looked at.');
const vs = z.string().describe('Id of the variant of the same run to compare with; without it, the baseline file.');

const noisyLimit = (example: string, ...dimensions: Dimension[]) => z.strictObject({
  max: quantity(example, ...dimensions).optional(),
  maxIncrease: quantity('5%', '%').optional(), vs: vs.optional(),
  stat: z.enum(['median', 'p90']).optional().describe('Of each block; median unless told.'), level: level.optional(),
});

const exactLimit = (example: string, ...dimensions: Dimension[]) => z.strictObject({
  max: quantity(example, ...dimensions).optional(), maxIncrease: quantity('0%', '%').optional(), vs: vs.optional(), level: level.optional(),
});

const quality = z.strictObject({
  metric: pattern.optional().describe('Protocol, e.g. psnr:y:crop2:matlab, or a pattern, also with its data set and tag: psnr:y:*@kodak#night; every protocol of the run unless told.'),
  min: quantity('33.5 dB', 'dB', 'similarity').optional(), max: quantity('2.5', 'dB', 'similarity').optional(),
  maxDrop: quantity('0.1 dB', 'dB', 'similarity').optional().describe('Largest loss: of values where low ones are good, the largest rise; of a texture ratio, how much farther from 1.'),
  vs: vs.optional(), dataset: pattern.optional(),
  tag: pattern.optional().describe('Part of the data set, by its tag; without it, whole data sets.'), level: level.optional(),
});

export const FAIL_ON = ['none', 'blocks', 'splits', ...SEVERITIES] as const;

const findings = z.strictObject({
  atLeast: z.enum(FAIL_ON).optional().describe('Severities that count: this one and worse; blocks unless told.'),
  max: z.number().int().min(0).optional().describe('How many are allowed; none unless told.'), level: level.optional(),
});

export const gateSchema = z.strictObject({
  model: pattern.optional(), variant: pattern.optional(), target: pattern.optional(), device: pattern.optional(), unit: pattern.optional(),
  level: level.optional(),
  require: z.enum(['measured', ...EVIDENCE]).optional().describe('Evidence that the value must have; `measured` means on a device.'),
  minBlocks: z.number().int().min(1).optional(),
  latency: noisyLimit('16 ms', 'ms').optional(),
  load: noisyLimit('400 ms', 'ms').optional(),
  first: noisyLimit('50 ms', 'ms').optional(),
  memory: exactLimit('200 MB', 'bytes').optional(),
  size: exactLimit('4 MB', 'bytes').optional(),
  nodes: exactLimit('40', 'count').optional(),
  macs: exactLimit('1.2 G', 'count').optional(),
  parameters: exactLimit('50 k', 'count').optional(),
  rank: exactLimit('5', 'count').optional().describe('Highest rank of a tensor.'),
  offUnit: exactLimit('0', 'count').optional().describe('Operations that the phone’s own plan puts elsewhere than on the unit asked for (Core ML, from iOS 17.4 on).'),
  cpuNodes: exactLimit('0', 'count').optional().describe('Operators that the compiler leaves on the CPU.'),
  segments: exactLimit('1', 'count').optional().describe('Graphs on the NPU; 1: the model is whole.'),
  ddr: exactLimit('9 MB', 'bytes').optional().describe('DDR bytes of one inference, read and written, as compiled.'),
  ddrRead: exactLimit('3 MB', 'bytes').optional(),
  ddrWrite: exactLimit('7 MB', 'bytes').optional(),
  spill: exactLimit('0 B', 'bytes').optional().describe('Bytes of one inference that leave the fast memory for want of room.'),
  fill: exactLimit('0 B', 'bytes').optional(),
  context: exactLimit('500 kB', 'bytes').optional().describe('Size of the context binary.'),
  quality: z.union([quality, z.array(quality)]).optional(),
  findings: findings.optional(),
});

const waiver = z
  .strictObject({
    metric: pattern.optional(), variant: pattern.optional(), target: pattern.optional(), device: pattern.optional(), unit: pattern.optional(),
    owner: z.string().min(1).describe('Who answers for it.'),
    until: z.iso.date().describe('Last day that it counts, e.g. 2026-12-31.'),
    reason: z.string().min(1),
  })
  .refine(({ metric, variant, target, device, unit }) => [metric, variant, target, device, unit].some((one) => one !== undefined), 'A waiver names what it is for: a metric, variant, target, device or unit')
  .describe('Gates that may fail for a while: they warn instead, and name who allowed it.');

/** The budgets file, and the `gate` section of the config. */
export const budgetsSchema = z.strictObject({
  $schema: z.string().optional(),
  confidence: z.number().gt(0.5).lt(1).optional().describe('One-sided, of every verdict on noisy values; 0.95 unless told.'),
  minBlocks: z.number().int().min(1).optional().describe('Blocks that a verdict on noisy values needs; 3 unless told.'),
  sessionSpread: quantity('4%', '%')
    .optional()
    .describe(
      'How far this device’s medians differ from session to session. Without it a comparison with a baseline file cannot fail.',
    ),
  gates: z.array(gateSchema),
  waivers: z.array(waiver).optional(),
});

export type Budgets = z.infer<typeof budgetsSchema>;
export type Gate = z.infer<typeof gateSchema>;
export type QualityGate = z.infer<typeof quality>;
export type FailOn = (typeof FAIL_ON)[number];
