import { z } from 'zod';

/** Axes of the matrix, outermost first. Devices and units are no axes: they are columns of times, all taken side by side. */
export const AXES = ['model', 'scale', 'resolution', 'rewrite', 'compress', 'precision'] as const;

export type Axis = (typeof AXES)[number];

const contract = z.strictObject({
  name: z.string().optional(),
  kind: z.enum(['image', 'tensor']).optional(),
  color: z.enum(['rgb', 'bgr', 'y', 'gray']).optional(),
  range: z.tuple([z.number(), z.number()]).optional(),
  mean: z.array(z.number()).optional(),
  std: z.array(z.number().positive()).optional(),
  layout: z.enum(['NCHW', 'NHWC']).optional(),
  dtype: z.enum(['float32', 'float16', 'uint8']).optional(),
  shape: z.array(z.number().int().positive().nullable()).optional(),
});

const file = z.strictObject({
  path: z.string().describe('ONNX file, relative to this config.'),
  input: contract.optional().describe('What the model’s input expects; what is left out is read off the model.'),
}).describe('A model that lies in a file.');

const zoo = z.strictObject({
  zoo: z.string().describe('Network, as dyno zoo list names it.'),
  scale: z.number().positive().optional().describe('Scale where neither the row nor the axes say one; the network’s usual one unless told.'),
  form: z.enum(['export', 'deploy']).optional().describe('As trained, or collapsed to what ships.'),
  seed: z.number().int().min(0).optional().describe('Of random weights; 1 unless told.'),
  trained: z.boolean().optional().describe('Trained weights, where this package has them for the scale; else the row is untrained.'),
}).describe('An architecture of the zoo, with exact parameter counts.');

const one = {
  model: z.string(),
  scale: z.number().positive(),
  resolution: z.string(),
  rewrite: z.string(),
  compress: z.string(),
  precision: z.string(),
};

const oneOrMany = <T extends z.ZodType>(value: T) => z.union([value, z.array(value).min(1)]);

const WORDS: Readonly<Record<Axis, string>> = {
  model: 'Names from "models".',
  scale: 'How many times larger the output is; zoo networks are generated for it, files have one scale of their own.',
  resolution: '540p, 720p, 1080p, 1440p, 2160p: size of the output. HEIGHTxWIDTH: size of the input. own: as the file says.',
  rewrite: 'none, or the target that the graph is rewritten for: ane:A15, htp:SM8550.',
  compress: 'none, or what dyno compress does: magnitude:0.5, neurons:0.25, heads:0.5; several joined by +.',
  precision: 'fp32 (as it is), fp16, fp16-storage, dynamic, w8a8, w8a16, w4a8, w4a16, w8, each with :minmax, :percentile, :mse or :auto, mixed:0.05 (dB that W8A8 may lose before layers get 16 bits).',
};

const lists = Object.fromEntries(AXES.map((axis) => [axis, oneOrMany(one[axis]).optional().describe(WORDS[axis])])) as {
  [A in Axis]: z.ZodOptional<z.ZodUnion<readonly [(typeof one)[A], z.ZodArray<(typeof one)[A]>]>>;
};

const where = z.strictObject(lists).describe('Variants by their values on the axes; one value or several.');

const publishedValues = z.record(z.string(), z.number()).describe('Values that others published, by the name of their column. Shown beside ours, never among them.');

const row = z.strictObject({
  ...lists,
  label: z.string().optional().describe('Name of the row in place of the values on its axes.'),
  published: publishedValues.optional(),
  absent: z.string().optional().describe('Why there is nothing of ours in this row; it then needs no model.'),
});

const at = z.strictObject(Object.fromEntries(AXES.map((axis) => [axis, one[axis].optional()])) as { [A in Axis]: z.ZodOptional<(typeof one)[A]> });

const column = z.union([
  z.string(),
  z.strictObject({
    column: z.string().describe('NAME or NAME/SELECTOR/…, as of the list of columns.'),
    title: z.string().optional(),
    at: at.optional().describe('The value of this variant: axes named here lie side by side instead of one below the other.'),
  }),
  z.strictObject({
    published: z.string().describe('Name of the values in "published".'),
    unit: z.string().optional(),
    title: z.string().optional(),
    digits: z.number().int().min(0).max(6).optional(),
  }).describe('A column of values that others published.'),
]);

const folder = z.union([z.string(), z.strictObject({ hr: z.string(), lr: z.string() })]);

const dataset = z.strictObject({
  hr: z.string().describe('Folder of originals, or a folder with HR and LR inside.'),
  lr: z.string().optional().describe('Folder of their low-resolution images.'),
  degrade: z.string().optional().describe('How low-resolution images are made worse, as of dyno quality --degrade.'),
});

/** A table as a config says it. Unknown keys are errors, so that a misspelt one is not silently ignored. */
export const sweepSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().regex(/^[\w.-]+$/, 'letters, digits, dots and dashes').describe('Name of the folder that keeps what is finished.'),
  title: z.string().optional(),
  notes: z.array(z.string()).optional().describe('Sentences shown below the table.'),
  seed: z.number().int().min(0).optional().describe('Of inputs, order and intervals; 1 unless told.'),
  models: z.record(z.string(), z.union([z.string(), file, zoo])).describe('Models by name: a path, a path with an input contract, or an architecture of the zoo.'),
  axes: z.strictObject(lists).optional().describe('Values on each axis; their product is the matrix. An axis that is left out has one value: every model, its own scale and size, none, fp32.'),
  rows: z.array(row).min(1).optional().describe('Rows by hand, for tables that are no full product: each is a small matrix of its own; axes that it leaves out are those of "axes".'),
  include: z.array(where).optional().describe('Variants added to the product.'),
  exclude: z.array(where).optional().describe('Variants taken out of it.'),
  columns: z.array(column).min(1).optional(),
  published: z.array(z.strictObject({ where, values: publishedValues, source: z.string().optional() })).optional().describe('Published values for rows of a product.'),
  baseline: at.optional().describe('What a variant is compared with: itself, but for these values. Precision fp32, rewrite none and compress none unless told.'),
  bench: z.union([z.literal(false), z.strictObject({
    on: oneOrMany(z.string()).optional(),
    units: z.array(z.string()).optional(),
    profile: z.enum(['quick', 'default', 'rigorous']).optional(),
    rounds: z.tuple([z.number().int().min(1), z.number().int().min(1)]).optional(),
    wait: z.number().min(0).optional(),
  })]).optional().describe('Devices and how long they are measured; all variants of one input size side by side. false: no times.'),
  calibrate: folder.optional().describe('Pictures that quantization sees; the four of this package unless told.'),
  pieces: z.number().int().min(1).optional().describe('Pieces of those pictures that quantization sees at most; 32 unless told. Time goes with it.'),
  quality: z.strictObject({
    datasets: z.record(z.string().regex(/^[^/@#,\s]+$/, 'a name without /, @, #, commas and blanks'), z.union([z.string(), dataset])).optional().describe('Folders of pictures by name, as of dyno quality --data. One that is not there makes its cells say so.'),
    protocols: z.array(z.string()).min(1).optional().describe('psnr:y unless told.'),
    on: z.array(z.string()).min(1).optional().describe('host, emulator:SM8550, openvino, …'),
    tile: z.number().int().min(16).optional().describe('Side of the tiles that models of open size run in on an emulator.'),
  }).optional(),
  pareto: z.array(z.tuple([z.string(), z.string()])).optional().describe('Pairs of columns to draw against each other, with the variants that no other beats in both.'),
});

export type SweepFile = z.infer<typeof sweepSchema>;

/** The format as JSON Schema, as `cli/sweep/sweep.schema.json` holds it for editors. */
export function sweepFileJsonSchema(): string {
  return `${JSON.stringify({ title: 'npu-dyno sweep', ...z.toJSONSchema(sweepSchema, { io: 'input' }) }, null, 1)}\n`;
}
