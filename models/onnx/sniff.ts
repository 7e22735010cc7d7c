import { readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { UserError } from '../contracts/errors.ts';

interface Format {
  readonly what: string;
  readonly step: string;
  matches(head: Buffer, extension: string): boolean;
}

const starts =
  (...signatures: string[]) =>
  (head: Buffer): boolean =>
    signatures.some((s) => head.subarray(0, s.length).equals(Buffer.from(s, 'latin1')));
const at =
  (offset: number, signature: string) =>
  (head: Buffer): boolean =>
    head.toString('latin1', offset, offset + signature.length) === signature;
const text =
  (pattern: RegExp) =>
  (head: Buffer): boolean =>
    pattern.test(head.toString('utf8').trimStart());

const resave = (format: string): string =>
  `Convert it: python -c "import onnx; onnx.save(onnx.load('IN', format='${format}'), 'OUT.onnx')"`;

const FORMATS: readonly Format[] = [
  {
    what: 'a Git LFS pointer: the model itself was not fetched',
    step: 'Run `git lfs install` and `git lfs pull` in that repository, then try again.',
    matches: starts('version https://git-lfs'),
  },
  {
    what: 'an ONNX model in text form',
    step: resave('textproto'),
    matches: text(/^(#[^\n]*\n\s*)*(ir_version|graph|opset_import|producer_name)\s*[:{]/),
  },
  { what: 'an ONNX model in JSON form', step: resave('json'), matches: text(/^\{.*"(irVersion|opsetImport|graph)"/s) },
  {
    what: 'ONNX in its textual syntax',
    step: 'Convert it with `onnx.parser.parse_model` and `onnx.save`.',
    matches: text(/^<\s*ir_version\s*:/),
  },
  {
    what: 'a TensorFlow Lite model',
    step: 'Export the network to ONNX from its source, or convert it with tf2onnx (`--tflite`).',
    matches: at(4, 'TFL3'),
  },
  { what: 'an ONNX Runtime model (.ort)', step: 'Use the .onnx file that it was made from.', matches: at(4, 'ORTM') },
  { what: 'a GGUF file', step: 'Export the network to ONNX from its source.', matches: starts('GGUF') },
  { what: 'an HDF5 (Keras) file', step: 'Export the network to ONNX with tf2onnx or keras2onnx.', matches: starts('\x89HDF\r\n') },
  {
    what: 'a PyTorch checkpoint or another zip archive',
    step: 'Load it in PyTorch and export it with `torch.onnx.export`; unpack it first if a model lies inside.',
    matches: starts('PK\x03\x04'),
  },
  { what: 'a gzip file', step: 'Unpack it first.', matches: starts('\x1f\x8b') },
  {
    what: 'a Python pickle (old PyTorch checkpoint)',
    step: 'Load it in PyTorch and export it with `torch.onnx.export`.',
    matches: starts('\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'),
  },
  { what: 'a NumPy array', step: 'Give the model, not its data.', matches: starts('\x93NUMPY') },
  { what: 'an image', step: 'Give the model first; images go to `--data`.', matches: starts('\x89PNG', '\xff\xd8\xff', 'GIF8') },
  {
    what: 'a safetensors file: weights without a network',
    step: 'Load it in its framework and export the network to ONNX.',
    matches: (head) => head.length > 9 && head.readUInt32LE(4) === 0 && head[8] === 0x7b,
  },
  {
    what: 'a web page: the download went wrong',
    step: 'Download the file itself (on GitHub: “Raw”; on Hugging Face: “resolve” in the address).',
    matches: text(/^(<!doctype html|<html)/i),
  },
  { what: 'an XML file (OpenVINO?)', step: 'Give the .onnx file that it was made from.', matches: text(/^<\?xml/) },
  {
    what: 'a Core ML model',
    step: 'Give the ONNX model; dyno converts it to Core ML.',
    matches: (_head, extension) => extension === '.mlmodel',
  },
  { what: 'a JSON file', step: 'Give the path of a .onnx file.', matches: text(/^[{[]\s*["\]}[{0-9]/) },
];

/** The error for a file that does not decode: what it seems to be, and what to do. `head`: its first bytes. */
export function notOnnx(path: string, head: Uint8Array, cause: Error): UserError {
  const buffer = Buffer.from(head.buffer, head.byteOffset, head.length);
  const format = FORMATS.find((candidate) => candidate.matches(buffer, extname(path).toLowerCase()));
  if (format) return new UserError(`${path} is ${format.what}.`, [format.step], { cause });
  if (looksLikeOnnx(buffer))
    return new UserError(
      `${path} is damaged or was cut short (${cause.message}).`,
      ['Fetch or export the file again and compare its size.'],
      { cause },
    );
  return new UserError(`${path} is not an ONNX model (${cause.message}).`, ['Give the path of a .onnx file.'], { cause });
}

/** The error for a folder where a model file was expected. */
export function folderGiven(path: string): UserError {
  const names = readdirSync(path);
  const models = names.filter((name) => name.endsWith('.onnx'));
  if (path.replace(/\/+$/, '').endsWith('.mlpackage'))
    return new UserError(`${path} is a Core ML package.`, ['Give the ONNX model; dyno converts it to Core ML.']);
  if (names.includes('saved_model.pb'))
    return new UserError(`${path} is a TensorFlow SavedModel.`, ['Convert it with `python -m tf2onnx.convert --saved-model`.']);
  const step =
    models.length > 0
      ? `Give one of the models in it: ${models.slice(0, 5).join(', ')}${models.length > 5 ? ', …' : ''}`
      : 'Give the path of one .onnx file.';
  return new UserError(`${path} is a folder.`, [step]);
}

/** Field 1 (ir_version) as the first field, a small number: what every exporter writes. */
function looksLikeOnnx(head: Buffer): boolean {
  return head[0] === 0x08 && (head[1] ?? 255) < 64;
}
