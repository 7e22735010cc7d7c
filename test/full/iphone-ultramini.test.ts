import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from 'vitest';
import { convertToCoreml, type CoremlToolchain, packageExecutor, raised, readPackage, rewriteForCoreml } from '../../converters/coreml/index.ts';
import { resolveTarget } from '../../converters/rules/index.ts';
import { type DriverPackages, findDriverPackages } from '../../device-harness/appium/driver-packages.ts';
import { askPhone } from '../../device-harness/devices/iphone/ask-phone.ts';
import { BlobStore } from '../../device-harness/devices/iphone/blob-store.ts';
import { IphoneLink } from '../../device-harness/devices/iphone/iphone-link.ts';
import { type AttachedPhone, Usbmux } from '../../device-harness/devices/iphone/usb/usbmux.ts';
import { XcuitestSessions } from '../../device-harness/devices/iphone/xcuitest-sessions.ts';
import { type FinishedBlock, folderVariantOf } from '../../device-harness/index.ts';
import { layout, type PartManifest } from '../../device-harness/runner/index.ts';
import type { VirtualIphone } from '../../device-harness/virtual/iphone/virtual-iphone.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { NdArray } from '../../models/contracts/ndarray.ts';
import { readModel } from '../../models/onnx/index.ts';
import { createHostExecutor, seededInputs } from '../../models/run/index.ts';
import { batchOf, driversMissing, type PhoneLab, phoneLab, reportsOf } from '../device-harness/devices/iphone/phone-lab.ts';
import { relativeToRange } from '../support/compare.ts';
import { coremlMissing, coremlToolchain } from '../support/coreml.ts';
import { repoRoot } from '../support/paths.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const temporary = temporaryFolder();
let lab: PhoneLab | null = null;
afterEach(() => lab?.close());
afterAll(() => coremlToolchain?.close());

const only = (outputs: NamedArrays | undefined): NdArray => [...(outputs?.values() ?? [])][0] as NdArray;

test.skipIf(driversMissing || coremlToolchain === null)(`ultramini-x2 as a package on two virtual iPhones at once: bit for bit its translation, and the ONNX model to fp16 (needs dyno setup phones)${coremlMissing}`, async () => {
  const onnx = join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx');
  const read = await readModel(onnx);
  const { model } = await rewriteForCoreml(raised(read.proto), 'iOS17', { target: resolveTarget('ane:A15'), precision: 'fp16', verify: 'off', write: { from: read } });
  const { package: written } = await convertToCoreml(coremlToolchain as CoremlToolchain, model, temporary('ultramini.mlpackage'), { opset: 'iOS17', precision: 'fp16', ioDtype: 'fp32' });
  const [input] = readPackage(written.path).functions[0]?.inputs ?? [];
  if (input?.type.kind !== 'array') throw new Error('no array');
  const [feed] = seededInputs([{ name: input.name, dtype: 'float32', dims: input.type.shape, range: [0, 1] }], { seed: 5, kinds: ['unit'] });
  const host = createHostExecutor();
  const face = await host.describe(onnx);
  const [translated] = await packageExecutor(host).run(written.path, [feed as NamedArrays]);
  const [original] = await host.run(onnx, [new Map([[face.inputs[0]?.name ?? '', only(feed)]])]);
  await host.close();
  lab = await phoneLab({ name: 'one' }, { name: 'two', system: '26.0', productType: 'iPhone18,1' });
  const phones = await lab.open();
  const variant = await folderVariantOf('ultramini-x2/fp16', written.path, feed as NamedArrays);
  const batch = batchOf([variant], ['cpu', 'gpu', 'ane', 'all'], 2, true);
  const both = await Promise.all(phones.map(({ device }) => reportsOf(device, batch)));
  for (const report of both.flat() as FinishedBlock[]) {
    expect(report.ok).toBe(true);
    expect(only(report.outputs)).toEqual(only(translated));
    expect(relativeToRange(only(report.outputs), only(original))).toBeLessThan(0.01);
  }
  for (const { close } of phones) await close();
});

/** 4 MB at 300 kB/s are 14 s for one packet, and the driver waits 10. */
test.skipIf(driversMissing)('a link too slow for 4 MB in ten seconds gets smaller parts', async () => {
  lab = await phoneLab({ name: 'slow', bytesPerSecond: 300_000 });
  const virtual = lab.virtual.phones[0] as VirtualIphone;
  const mux = new Usbmux(lab.environment);
  const packages = findDriverPackages() as DriverPackages;
  const sessions = new XcuitestSessions({ packages, folder: join(lab.folder, 'appium'), environment: lab.environment });
  const info = await askPhone(mux, (await mux.devices())?.[0] as AttachedPhone);
  const link = new IphoneLink({ sessions, mux, info, agentUrl: null, versions: packages.versions, patienceMs: 30_000 });
  const bytes = randomBytes(5_000_000);
  writeFileSync(temporary('model.bin'), bytes);
  const sha256 = await new BlobStore(link).put({ name: 'model.bin', path: temporary('model.bin') });
  const { files } = JSON.parse(readFileSync(join(virtual.documents, layout.manifest(sha256)), 'utf8')) as PartManifest;
  const parts = files[0]?.parts ?? [];
  expect(parts.map((part) => part.bytes)).toEqual([2 << 20, 2 << 20, 5_000_000 - (4 << 20)]);
  expect(Buffer.concat(parts.map(({ name }) => readFileSync(join(virtual.documents, layout.part(sha256, name))))).equals(bytes)).toBe(true);
  await link.close();
  await sessions.close();
});
