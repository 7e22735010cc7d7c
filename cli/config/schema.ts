import { z } from 'zod';
import { budgetsSchema } from '../../reports/gate/budgets-schema.ts';
import { DEFAULTS } from './defaults.ts';
import { sweepSchema } from '../sweep/sweep-file.ts';
import { farmSchema } from './farm-schema.ts';

const { rewrite, quantize, convert, bench, phone, quality, outputs } = DEFAULTS;

const coreml = convert.coreml as Exclude<typeof convert.coreml, false>;

const contract = z
  .strictObject({
    name: z.string().optional().describe('Graph input that this is about; the first one unless told.'),
    kind: z.enum(['image', 'tensor']).optional(),
    color: z.enum(['rgb', 'bgr', 'y', 'gray']).optional().describe('Channel order of an image.'),
    range: z.tuple([z.number(), z.number()]).optional().describe('Value range that the model expects, e.g. [0, 1] or [0, 255].'),
    mean: z.array(z.number()).optional().describe('Subtracted per channel, in units of the range.'),
    std: z.array(z.number().positive()).optional().describe('Divided by per channel, in units of the range.'),
    layout: z.enum(['NCHW', 'NHWC']).optional(),
    dtype: z.enum(['float32', 'float16', 'uint8']).optional(),
    shape: z.array(z.number().int().positive().nullable()).optional().describe('Static shape for dimensions that the model leaves open.'),
  })
  .describe('What the model’s input expects. What is left out is read off the model, else RGB in [0, 1].');

const model = z
  .strictObject({
    path: z.string().describe('ONNX file, relative to this config.'),
    input: contract.optional(),
  })
  .describe('A model of this project.');

const ids = (what: string, initial: readonly string[]) => z.array(z.string()).optional().meta({ description: what, default: initial });

const dataset = z
  .strictObject({
    hr: z.string().describe('Folder of originals, or a folder with HR and LR inside, relative to this config.'),
    lr: z.string().optional().describe('Folder of their low-resolution images.'),
    degrade: z.string().optional().describe('How low-resolution images are made worse.'),
    tags: z.union([z.string(), z.record(z.string().regex(/^[^@#,]+$/), z.array(z.string()).min(1))]).optional()
      .describe('Patterns of file names by tag, or a JSON file of them; also read from tags.json in the folder, and from the names of folders in it.'),
  })
  .refine(({ lr, degrade }) => lr === undefined || degrade === undefined, 'Low-resolution files are not degraded: say lr or degrade')
  .describe('A data set.');

/** The config file. Everything may be left out; unknown keys are errors, so that a misspelt one is not silently ignored. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  models: z
    .record(z.string(), z.union([z.string(), model]))
    .optional()
    .describe('Models by name: a path, or a path with an input contract.'),
  targets: z
    .array(z.string())
    .optional()
    .meta({ description: 'What the models shall run on: host, ane[:A15|:"iPhone 13 Pro"], htp[:SM8550|:v75].', default: DEFAULTS.targets }),
  images: z
    .union([z.string(), z.strictObject({ hr: z.string(), lr: z.string() })])
    .optional()
    .describe('Folder of pictures for calibration and quality: originals, or a folder with HR and LR inside.'),
  seed: z.number().int().min(0).optional().meta({ description: 'Of everything that is drawn at random.', default: DEFAULTS.seed }),
  rewrite: z
    .strictObject({
      only: ids('Only these rewrites, by id.', rewrite.only),
      skip: ids('Not these rewrites, by id.', rewrite.skip),
      allow: z
        .array(z.enum(['border', 'approximate', 'layout', 'dtype', 'subset', 'static']))
        .optional()
        .meta({ description: 'Classes of rewrites beyond the exact ones.', default: rewrite.allow }),
      verify: z
        .enum(['off', 'quick', 'full'])
        .optional()
        .meta({ description: 'How thoroughly each patch and the whole model are compared with the original.', default: rewrite.verify }),
      opset: z
        .number()
        .int()
        .min(7)
        .nullable()
        .optional()
        .meta({ description: 'Version of ai.onnx that the result may use; null keeps the model’s own.', default: rewrite.opset }),
    })
    .optional(),
  quantize: z
    .strictObject({
      scheme: z
        .enum(['w8a8', 'w8a16', 'w4a8', 'w4a16', 'w8'])
        .optional()
        .meta({ description: 'Bits of weights and activations; w8: weights alone.', default: quantize.scheme }),
      methods: z
        .array(z.enum(['minmax', 'percentile', 'mse', 'auto']))
        .min(1)
        .optional()
        .meta({ description: 'How activation ranges are chosen, auto: recipes are tried on pictures kept apart; one quantized model each.', default: quantize.methods }),
      percentile: z
        .number()
        .gt(50)
        .max(100)
        .optional()
        .meta({ description: 'Share of values inside of the percentile range.', default: quantize.percentile }),
      images: z
        .number()
        .int()
        .min(1)
        .optional()
        .meta({ description: 'Pictures that calibration looks at, at most.', default: quantize.images }),
    })
    .optional(),
  convert: z
    .strictObject({
      coreml: z
        .union([
          z.literal(false),
          z.strictObject({
            minIos: z.union([15, 16, 17, 18, 26].map((release) => z.literal(release))).optional().meta({ description: 'Least system that the package runs on.', default: coreml.minIos }),
            precision: z.enum(['fp16', 'fp32']).optional().meta({ description: 'What it computes in.', default: coreml.precision }),
            input: z.enum(['image', 'tensor']).optional().meta({ description: 'image: pixels that Core ML scales as the input contract says.', default: coreml.input }),
            imageOutput: z.boolean().optional().meta({ description: 'Outputs of three channels or one are images of 0 to 255.', default: coreml.imageOutput }),
            weights: z.string().nullable().optional().meta({ description: 'How weights are stored, as of dyno convert --weights, e.g. int8 or palette4.', default: coreml.weights }),
            keepFp32: ids('Nodes, or operators like Softmax, that stay float32 in fp16.', coreml.keepFp32),
          }),
        ])
        .optional()
        .describe('The Core ML package that a run makes where a Neural Engine is among the targets; false makes none.'),
    })
    .optional(),
  bench: z
    .strictObject({
      on: z
        .union([z.string(), z.array(z.string()).min(1)])
        .optional()
        .meta({ description: 'Devices, measured at the same time: host, mac, android[:SERIAL], iphone[:UDID], virtual:CHIP, farm:NAME, openvino[:CPU|:GPU|:NPU]; none: nothing is timed.', default: bench.on }),
      units: z
        .array(z.string())
        .optional()
        .meta({ description: 'Compute units: cpu:1, …, cpu:all of the host and of openvino; gpu; npu; htp, gpu, cpu of a Snapdragon; cpu, gpu, ane, all of an iPhone. None means each device’s own.', default: bench.units }),
      profile: z
        .enum(['quick', 'default', 'rigorous'])
        .optional()
        .meta({ description: 'How long a block warms up and measures.', default: bench.profile }),
      rounds: z
        .tuple([z.number().int().min(1), z.number().int().min(1)])
        .optional()
        .meta({ description: 'Fewest and most rounds of blocks.', default: bench.rounds }),
      size: z
        .number()
        .int()
        .min(1)
        .optional()
        .meta({ description: 'Side of the input where the model and its contract leave it open.', default: bench.size }),
      wait: z
        .number()
        .min(0)
        .optional()
        .meta({ description: 'Seconds in all that a busy or warm device may take to come to rest.', default: bench.wait }),
      mode: z.enum(['burst', 'sustained']).optional().meta({ description: 'Blocks one after the other, or each model at a frame rate for a while.', default: bench.mode }),
      fps: z.number().positive().max(1000).optional().meta({ description: 'Frames a second of the sustained mode.', default: bench.fps }),
      seconds: z.number().positive().optional().meta({ description: 'Length of the sustained mode.', default: bench.seconds }),
    })
    .optional(),
  phone: z
    .strictObject({
      sdk: z.string().nullable().optional().meta({ description: 'Folder of Qualcomm’s SDK; null looks for it.', default: phone.sdk }),
      chip: z.string().nullable().optional().meta({ description: 'Chip in place of what a phone says of itself, e.g. SM8650.', default: phone.chip }),
      perf: z.enum(['burst', 'sustained', 'balanced']).optional().meta({ description: 'Performance profile of the HTP.', default: phone.perf }),
      link: z.enum(['appium', 'adb']).optional().meta({ description: 'How commands reach a phone.', default: phone.link }),
      chain: z.enum(['compiler', 'qnn', 'qairt']).optional().meta({ description: 'What makes the artifact: the compiler on this machine, or the SDK’s tools.', default: phone.chain }),
      operations: z.boolean().optional().meta({ description: 'Cycles by operation, in a run of its own.', default: phone.operations }),
    })
    .optional(),
  farms: z.record(z.string().regex(/^[\w.-]+$/), farmSchema).optional().describe('Appium endpoints elsewhere, for --on farm:NAME (docs/farms.md).'),
  quality: z
    .strictObject({
      metrics: z
        .array(z.string())
        .min(1)
        .optional()
        .meta({ description: 'Protocols, e.g. psnr:y:crop2:matlab.', default: quality.metrics }),
      on: z
        .array(z.string())
        .min(1)
        .optional()
        .meta({ description: 'What computes the outputs: host, emulator:SM8550, emulator:v73, openvino, …; each scores every model.', default: quality.on }),
      tile: z
        .number()
        .int()
        .min(16)
        .optional()
        .meta({ description: 'Side of the tiles that models of open size run in on an emulator, which takes one size only.', default: quality.tile }),
      datasets: z.record(z.string().regex(/^[^@#,\s]+$/, 'A name without @, #, commas and blanks'), z.union([z.string(), dataset])).optional()
        .describe('Data sets by name: a folder, or originals with their low-resolution images or with what makes them worse. Without any, "images" is the one.'),
      use: ids('Only these data sets.', quality.use),
      degrade: z.string().nullable().optional().meta({ description: 'How low-resolution images are made worse where a data set does not say it, e.g. gaussian:1.2,bicubic,noise:5,jpeg:70.', default: quality.degrade }),
      baselines: ids('Interpolations beside the models: nearest, bilinear, bicubic, lanczos, mitchell.', quality.baselines),
    })
    .optional(),
  gate: budgetsSchema.omit({ $schema: true }).optional().describe('Budgets that a run must keep.'),
  base: z.string().nullable().optional().describe('What a run is compared with: a baseline file, or a commit (git:main) whose models are measured in turn with these.'),
  outputs: z
    .partialRecord(z.enum(['html', 'md', 'json', 'junit', 'sarif', 'csv']), z.string())
    .optional()
    .meta({ description: 'Copies of the report, by kind; the run’s folder holds one of each in any case.', default: outputs }),
  sweep: sweepSchema.omit({ $schema: true }).nullable().optional().describe('The table that dyno sweep makes where no other config is named (docs/sweep.md).'),
  runs: z.string().optional().meta({ description: 'Folder that holds the runs.', default: DEFAULTS.runs }),
});

/** What a config file may say. */
export type ConfigFile = z.infer<typeof configSchema>;

/** The config format as JSON Schema, as `cli/config/schema.json` holds it for editors. */
export function configJsonSchema(): string {
  return `${JSON.stringify({ title: 'npu-dyno config', ...z.toJSONSchema(configSchema, { io: 'input' }) }, null, 1)}\n`;
}
