import { describe, expect, test } from 'vitest';
import { UserError } from '../../../models/contracts/index.ts';
import { explainMetric } from '../../../reports/quality/explain-metric.ts';
import { formatMetric, isTensorMetric, METRIC_GRAMMARS, metricBetter, metricUnit, parseMetric } from '../../../reports/quality/metric.ts';
import { withFileFrom } from '../../../reports/quality/protocol.ts';

test.each([
  ['psnr:rgb:crop4:pil', 'psnr:rgb:crop4:pil'], ['color', 'color:crop:matlab'], ['COLOR:mean:crop0:float', 'color:mean:crop0:matlab:float'],
  ['texture:crop2:pil', 'texture:crop2:pil'], ['texture:grayraw', 'texture:crop:matlab:grayraw'],
  ['onnx:lpips.onnx:range=-1..1', 'onnx:lpips.onnx:range=-1..1:crop:matlab'], ['onnx:nets/Q:A.onnx:higher:crop0', 'onnx:nets/Q:A.onnx:crop0:matlab:higher'],
  ['onnx:/abs/nets/LPIPS.onnx', 'onnx:LPIPS.onnx:crop:matlab'], ['module:./Metric.mjs:lower', 'module:./Metric.mjs:crop:matlab:lower'],
  ['sqnr', 'sqnr'], ['SQNR:output=Logits:0', 'sqnr:output=Logits:0'], ['cosine', 'cosine'], ['max:output=a/b,c', 'max:output=a/b,c'],
  ['agree', 'agree:top1'], ['agree:top5:output=scores', 'agree:top5:output=scores'], ['accuracy:top1', 'accuracy:top1'],
])('%s is %s', (text, canonical) => {
  const metric = parseMetric(text);
  expect(formatMetric(metric)).toBe(canonical);
  expect(formatMetric(parseMetric(canonical))).toBe(canonical);
});

test.each([
  ['lpips', '"lpips" is not known'], ['', '"" is not known'], ['color:y', 'color has no "y"'], ['color:rgb', 'color has no "rgb"'], ['texture:yround', 'texture has no "yround"'],
  ['texture:srcnn', 'luma protocol'], ['color:srcnn', 'luma protocol'], ['psnr:mean', 'psnr has no "mean"'], ['psnr:lower', 'psnr has no "lower"'], ['psnr:range=0..1', 'psnr has no'],
  ['onnx', 'onnx needs a file'], ['onnx:', 'onnx needs a file'], ['onnx:crop2', 'onnx needs a file'], ['module:lower', 'module needs a file'], ['onnx:a.onnx:range=1..-1:y', 'onnx has no "y"'],
  ['sqnr:top1', '"top1" is not known'], ['agree:top0', '"top0" is not known'], ['agree:top', '"top" is not known'], ['agree:top5:top1', '"top1" is one too many'], ['max:output=', 'output= names nothing'],
  ['toString', 'not known'], ['quicksrnet:y', 'not'],
])('%s is refused: %s', (text, message) => {
  expect(() => parseMetric(text)).toThrow(message);
  expect(() => parseMetric(text)).toThrow(UserError);
});

test('directions and units', () => {
  const of = (text: string): string[] => [metricBetter(parseMetric(text)), metricUnit(parseMetric(text))];
  expect(['psnr', 'ssim', 'color', 'texture', 'onnx:a.onnx', 'onnx:a.onnx:higher', 'module:a.mjs', 'module:a.mjs:lower', 'sqnr', 'max', 'agree'].map(of)).toEqual([
    ['higher', 'dB'], ['higher', ''], ['lower', ''], ['one', ''], ['lower', ''], ['higher', ''], ['higher', ''], ['lower', ''], ['higher', 'dB'], ['lower', ''], ['higher', ''],
  ]);
});

test('files are found from a folder; other metrics stay as they are', () => {
  const from = (text: string): string => withFileFrom(text, (file) => `/p/${file}`);
  expect(['onnx:a.onnx:range=0..255:crop2', 'module:m/x.mjs', 'psnr:y', 'sqnr:output=onnx:a'].map(from)).toEqual(['onnx:/p/a.onnx:range=0..255:crop2', 'module:/p/m/x.mjs', 'psnr:y', 'sqnr:output=onnx:a']);
});

describe('the list of metrics', () => {
  test.each(METRIC_GRAMMARS.map(({ example }) => example))('%s is explained, with its direction and what is cut where pictures are', (example) => {
    const metric = parseMetric(example);
    const text = explainMetric(metric);
    expect(text.length).toBeGreaterThan(60);
    if (metricBetter(metric) === 'lower') expect(text).toMatch(/lower is better/);
    if (!isTensorMetric(metric)) expect(text).toMatch(/cut from each side/);
  });
});
