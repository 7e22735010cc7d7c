import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findEnvironment } from '../../converters/toolchain/index.ts';
import { repoRoot, sharedData } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const temporary = temporaryFolder();
const set5 = sharedData('images/Set5');
const missing = !set5 ? ' (no Set5 here)' : !findEnvironment() ? ' (no coremltools here)' : '';

test.skipIf(missing !== '').each(['17', '18'])(`W8A8 for iOS %s: the package is within 0.1 dB of the QDQ model on every picture of Set5${missing}`, async (release) => {
  const dyno = async (...args: string[]) => {
    const result = await runCli(args, { cwd: temporary() });
    expect(result.code, result.stderr).toBe(0);
    return result.stdout;
  };
  copyFileSync(join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx'), temporary('net.onnx'));
  await dyno('quantize', 'net.onnx', '--data', set5 as string, '--size', '96', '-o', 'net.w8a8.onnx');
  await dyno('convert', 'net.w8a8.onnx', '--min-ios', release, '--static', 'input=1x3x128x128', '-o', 'net.mlpackage');
  const { records } = JSON.parse(await dyno('quality', 'net.w8a8.onnx', 'net.mlpackage', '--data', set5 as string, '--metric', 'psnr:y:crop2:matlab', '--json')) as { records: { variant: string; mean: number; perImage: { image: string; value: number }[] }[] };
  const [qdq, shipped] = ['net.w8a8', 'net'].map((name) => records.find(({ variant }) => variant.replace(/\.mlpackage$/, '') === name));
  expect(qdq?.mean).toBeGreaterThan(36);
  expect(Math.abs((shipped?.mean ?? 0) - (qdq?.mean ?? 0))).toBeLessThan(0.1);
  for (const { image, value } of qdq?.perImage ?? []) expect(Math.abs((shipped?.perImage.find((other) => other.image === image)?.value ?? 0) - value), image).toBeLessThan(0.1);
}, 300_000);
