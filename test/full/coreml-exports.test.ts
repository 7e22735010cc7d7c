import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { CoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { applyFaces } from '../../converters/faces/index.ts';
import { Model } from '../../models/graph/index.ts';
import { readModel, writeModel } from '../../models/onnx/index.ts';
import { createHostExecutor } from '../../models/run/index.ts';
import { type Accepted, accept, acceptExport, seededImage } from '../converters/coreml/convert/accept.ts';
import { coremlMissing, coremlToolchain } from '../support/coreml.ts';
import { fixture, sharedData } from '../support/paths.ts';

const toolchain = coremlToolchain as CoremlToolchain;
const host = createHostExecutor();
const folder = mkdtempSync(join(tmpdir(), 'dyno-coreml-'));
afterAll(async () => {
  await host.close();
  await coremlToolchain?.close();
  rmSync(folder, { recursive: true, force: true });
});

const LEAST = { fp32: 100, fp16: 50 } as const;
const FORMS = (['iOS16', 'iOS17', 'iOS18'] as const).flatMap((opset) => (['fp32', 'fp16'] as const).map((precision) => ({ opset, precision })));
const names = readdirSync(fixture('exports')).filter((file) => file.endsWith('.onnx')).map((file) => file.replace('.onnx', ''));

/** Whole numbers may turn to the next one. */
function check({ parity, isByte }: Accepted, precision: 'fp32' | 'fp16'): void {
  for (const { psnr, maxAbs, output } of parity.outputs) {
    if (isByte) expect([output, maxAbs <= 1]).toEqual([output, true]);
    else expect([output, psnr > LEAST[precision] ? 'near enough' : psnr]).toEqual([output, 'near enough']);
  }
}

describe.skipIf(!coremlToolchain)(`every export for every system${coremlMissing}`, () => {
  test.each(FORMS)('$precision for $opset', async (form) => {
    for (const name of names) check(await acceptExport(name, toolchain, host, form), form.precision);
  });
});

const thirdParty = sharedData('third-party') ?? '';

describe.skipIf(!coremlToolchain || thirdParty === '')('models by others (skipped without ../shared/data/third-party)', () => {
  test.each(FORMS)('catid: bytes in and out, fp16 weights, $precision for $opset', async (form) => {
    check(await accept(join(thirdParty, 'catid-upsampling/upsampling.onnx'), seededImage([1, 3, 48, 40], 'uint8'), toolchain, host, form), form.precision);
    check(await accept(join(thirdParty, 'catid-upsampling-tiny/upsampling.onnx'), seededImage([1, 12, 24, 20], 'uint8'), toolchain, host, form), form.precision);
  });

  test.each(FORMS)('ESPCN between image operators, cut out: $precision for $opset', async (form) => {
    const onnx = readModel(join(thirdParty, 'ort-superresolution/pytorch_superresolution_with_pre_post_processing_opset18.onnx'));
    const { model } = await applyFaces(new Model(onnx.proto), [{ kind: 'cut-from', tensor: '_ppp5_expanded', shape: [1, 1, 224, 224] }, { kind: 'cut-at', tensor: 'output' }]);
    const path = join(folder, 'espcn.onnx');
    await writeModel(model.toProto(), path, { from: onnx });
    onnx.close();
    const accepted = await accept(path, seededImage([1, 1, 224, 224], 'float32'), toolchain, host, form);
    check(accepted, form.precision);
    expect(accepted.operations).toContain('pixel_shuffle');
  });
});
