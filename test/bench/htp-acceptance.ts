/**
 * Every export of the fixtures, rewritten for HTP at its stored shape, in fp16 and W8A8: graphs on each chip, and how far the emulated output is from
 * PyTorch's (fp16) and from the QDQ model in ONNX Runtime (W8A8).
 *
 *     npx tsx test/bench/htp-acceptance.ts [--only NAME] [--chips SM8550,SM8350]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DynoError, type NdArray } from '../../models/contracts/index.ts';
import { compileForHtp, htpExecutor, type HtpToolchain, isOneGraph, openHtpToolchain } from '../../converters/htp/index.ts';
import { resolveSoc } from '../../converters/rules/index.ts';
import { createHostExecutor } from '../../models/run/index.ts';
import { decibels, EXPORTS, quantizeExport, type ReadyExport, rewriteExport } from '../full/htp-acceptance-cases.ts';
import { markdownTable } from './markdown-table.ts';

const { values: options } = parseArgs({ options: { only: { type: 'string' }, chips: { type: 'string', default: 'SM8550,SM8650,SM8750,SM8850,SM8350' } } });
const opened = openHtpToolchain();
if (opened instanceof DynoError) throw opened;
const toolchain: HtpToolchain = opened;
const host = createHostExecutor({ threads: 1 });
const chips = options.chips.split(',');
const folder = mkdtempSync(join(tmpdir(), 'dyno-acceptance-'));
const rows: string[][] = [];
for (const name of EXPORTS.filter((name) => options.only === undefined || name.includes(options.only))) {
  const float = await rewriteExport(name, join(folder, 'fp16.onnx'), 'fp16');
  const first = await figure(float, float.path, chips[0] as string, float.stored);
  const ready = await rewriteExport(name, join(folder, 'float.onnx'), 'w8a8');
  const path = join(folder, 'w8a8.onnx');
  await quantizeExport(ready, path, host);
  const reference = firstOf((await host.run(path, [ready.feed]))[0]);
  const columns = [];
  for (const chip of chips) columns.push(await figure(ready, path, chip, reference));
  rows.push([name, first, decibels(ready.stored, reference).toFixed(1), ...columns]);
  console.error(name);
}
console.log(`dB; one graph on HTP where nothing else is said. onnxruntime-qnn ${toolchain.packages['onnxruntime-qnn']}\n`);
console.log(markdownTable(['export', `fp16, ${chips[0]}`, 'W8A8 in ONNX Runtime, against PyTorch', ...chips.map((chip) => `W8A8, ${chip}`)], rows));
rmSync(folder, { recursive: true });
await host.close();
await toolchain.close();

async function figure({ feed }: ReadyExport, modelPath: string, chip: string, reference: NdArray): Promise<string> {
  const { soc } = resolveSoc(chip);
  const report = await compileForHtp(toolchain, { modelPath, soc });
  if (report.failure) return report.failure.name;
  const db = decibels(reference, firstOf((await htpExecutor(toolchain, soc).run(modelPath, [feed]))[0])).toFixed(1);
  return isOneGraph(report) ? db : `${db} (${report.htpGraphs} graphs, ${report.cpuNodes} on the CPU)`;
}

function firstOf(outputs: ReadonlyMap<string, NdArray> | undefined): NdArray {
  return [...(outputs?.values() ?? [])][0] as NdArray;
}
