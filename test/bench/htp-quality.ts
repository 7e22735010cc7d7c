/**
 * Quality of one network on every Hexagon generation beside ONNX Runtime: fp16, and W8A8, W8A16 and W4A16 models that dyno's quantizer makes,
 * calibrated on the pictures that come with dyno. With --python also the W8A8 model of ONNX Runtime's own quantizer (min-max, per channel), from a
 * Python that has onnx and onnxruntime. Emulated from saved context binaries, in tiles. --keep writes the quantized models to a folder.
 *
 *     npx tsx test/bench/htp-quality.ts [--model FILE] [--data ../shared/data/images/Set5] [--on v68,v73,v79,v81] [--schemes w8a8,w8a16,w4a16]
 *                                       [--python PYTHON] [--keep FOLDER]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { judgeQuality } from '../../cli/work/judge-quality.ts';
import { openQualityExecutors } from '../../cli/work/quality-executors.ts';
import { quantizeFor } from '../../cli/work/quantize-model.ts';
import { DEFAULTS } from '../../cli/config/defaults.ts';
import type { SchemeName } from '../../converters/quantize/index.ts';
import { createHostExecutor } from '../../models/run/index.ts';
import { repoRoot } from '../support/paths.ts';
import { markdownTable } from './markdown-table.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2.onnx') },
    data: { type: 'string', default: join(repoRoot, '../shared/data/images/Set5') },
    on: { type: 'string', default: 'v68,v73,v79,v81' },
    schemes: { type: 'string', default: 'w8a8,w8a16,w4a16' },
    python: { type: 'string' },
    keep: { type: 'string' },
  },
});

const PROTOCOL = 'psnr:y:crop2:matlab';
const samples = join(repoRoot, 'models/zoo/samples');
const folder = options.keep ? resolve(options.keep) : mkdtempSync(join(tmpdir(), 'dyno-htp-quality-'));
mkdirSync(folder, { recursive: true });
const signal = new AbortController().signal;
const name = basename(options.model, '.onnx');

const models = [{ id: 'float', path: resolve(options.model) }];
const host = createHostExecutor();
for (const scheme of options.schemes.split(',') as SchemeName[]) {
  const out = join(folder, `${name}.${scheme}.onnx`);
  const config = { ...DEFAULTS, images: samples, quantize: { ...DEFAULTS.quantize, scheme } };
  await quantizeFor({ ref: { id: name, path: options.model }, method: 'minmax', config, out, executor: host, progress: () => undefined, signal });
  models.push({ id: scheme, path: out });
}
await host.close();
if (options.python) models.push({ id: 'w8a8 by ORT', path: quantizedByOrt(options.python) });

const executors = openQualityExecutors(['host', ...options.on.split(',').map((chip) => `emulator:${chip}`)], process.env);
if (executors.missing) throw executors.missing;
const config = { ...DEFAULTS, images: options.data, quality: { ...DEFAULTS.quality, metrics: [PROTOCOL] } };
const { records, refused } = await judgeQuality({
  models, config, executors, cropSize: null, signal, progress: (done, total, note) => process.stderr.write(`${done}/${total} ${note}\n`),
});
await executors.close();
if (!options.keep) rmSync(folder, { recursive: true });

const places = [...new Set(records.filter(({ variant }) => variant !== 'bicubic').map(({ executor }) => executor))];
const rows = models.map(({ id }) => [id, ...places.map((executor) => records.find((r) => r.variant === id && r.executor === executor)?.mean.toFixed(3) ?? '–')]);
process.stdout.write(`${PROTOCOL}, ${name}, ${records[0]?.dataset} (${records[0]?.perImage.length} images)\n\n${markdownTable(['model', ...places], rows)}\n`);
for (const { model, executor, error } of refused) process.stdout.write(`${model} on ${executor}: ${error.message}\n`);

/** Pieces of the same pictures, as ONNX Runtime's quantizer reads them. */
function quantizedByOrt(python: string): string {
  const out = join(folder, `${name}.ort-w8a8.onnx`);
  const script = `
import sys, numpy, onnx
from PIL import Image
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
model, out, *files = sys.argv[1:]
height, width = [d.dim_value for d in onnx.load(model).graph.input[0].type.tensor_type.shape.dim][2:]
class Reader(CalibrationDataReader):
    def __init__(self):
        self.feeds = iter([{onnx.load(model).graph.input[0].name: piece[None]} for file in files for piece in self.pieces(file)])
    def pieces(self, file):
        image = Image.open(file).convert('RGB')
        image = image.resize((image.width // 2, image.height // 2), Image.BICUBIC)
        pixels = numpy.asarray(image, dtype=numpy.float32).transpose(2, 0, 1) / 255
        for y in range(0, pixels.shape[1] - height + 1, 32):
            for x in range(0, pixels.shape[2] - width + 1, 32):
                yield pixels[:, y:y + height, x:x + width]
    def get_next(self):
        return next(self.feeds, None)
quantize_static(model, out, Reader(), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
`;
  const pictures = ['foliage', 'house', 'page', 'still-life'].map((picture) => join(samples, `${picture}.png`));
  execFileSync(python, ['-c', script, resolve(options.model), out, ...pictures], { stdio: ['ignore', 'ignore', 'inherit'] });
  return out;
}
