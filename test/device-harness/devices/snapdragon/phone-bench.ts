import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { QnnArtifact, QnnBackend, QnnTensor } from '../../../../converters/qnn/artifact.ts';
import { findAdb } from '../../../../converters/toolchain/find-adb.ts';
import { Adb } from '../../../../device-harness/adb/adb.ts';
import { freePort } from '../../../../device-harness/adb/free-port.ts';
import { openPhones, type OpenedPhone, type OpenPhonesOptions } from '../../../../device-harness/devices/snapdragon/open-phones.ts';
import type { Batch, BlockReport, Device, Variant } from '../../../../device-harness/index.ts';
import { VirtualPhone, type VirtualPhoneOptions } from '../../../../device-harness/virtual/android/virtual-phone.ts';
import { buildModel, toBytes } from '../../../support/build-model.ts';

export const adbProgram = findAdb();

/** An adb server of the test's own, with phones attached to it as a person's would be. */
export class PhoneBench {
  readonly folder: string;
  readonly adb: Adb;
  readonly environment: NodeJS.ProcessEnv;
  readonly phones: VirtualPhone[] = [];

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.environment = { ...process.env, ANDROID_ADB_SERVER_PORT: String(port), DYNO_CACHE: join(folder, 'cache'), PATH: [dirname(adbProgram as string), process.env['PATH']].join(delimiter) };
    this.adb = new Adb({ program: adbProgram as string, environment: this.environment });
  }

  static async start(folder: string): Promise<PhoneBench> {
    mkdirSync(folder, { recursive: true });
    return new PhoneBench(folder, await freePort());
  }

  async attach(options: Omit<VirtualPhoneOptions, 'folder'> = { soc: 'SM8650' }): Promise<VirtualPhone> {
    const phone = await VirtualPhone.start({ ...options, folder: join(this.folder, `phone-${this.phones.length}`) });
    this.phones.push(phone);
    await this.adb.connect(phone.serial);
    return phone;
  }

  async open(phone: VirtualPhone, sdk: string, options: Partial<OpenPhonesOptions> = {}): Promise<OpenedPhone> {
    const [opened] = await openPhones([{ kind: 'android', id: phone.serial }], {
      environment: this.environment, sdk, chip: null, link: 'adb', perf: 'burst', folder: join(this.folder, 'work'), patienceMs: 8000, allowanceMs: 20_000, ...options,
    });
    return opened as OpenedPhone;
  }

  async close(): Promise<void> {
    await this.adb.killServer();
    for (const phone of this.phones) await phone.close();
  }
}

/** Rules that need few inferences: 6 to 9 of warm-up, 20 timed. */
export const RULES = { warmUp: { minRuns: 6, minMs: 1, maxMs: 500, tolerance: 0.05 }, timed: { minRuns: 20, minMs: 1, maxRuns: 20, maxMs: 5000 } };

const INPUT: QnnTensor = { name: 'x', onnxName: 'x', type: 'float32', dims: [1, 2, 3, 4], axes: null, scale: null, offset: null };

/** y = relu(x) as a model, with an artifact that the scripted tool runs as identity. */
export function toyVariant(folder: string, changes: Partial<QnnArtifact> = {}, id = 'toy'): Variant {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${id}.onnx`);
  writeFileSync(path, toBytes(buildModel({ inputs: { x: ['float32', [1, 2, 3, 4]] }, outputs: { y: ['float32', [1, 2, 3, 4]] }, nodes: [['Relu', ['x'], ['h'], {}, { name: '/relu' }], ['Relu', ['h'], ['y'], {}, { name: 'last' }]] })));
  const binary = join(folder, `${id}.bin`);
  writeFileSync(binary, `context of ${id}`);
  const sha256 = createHash('sha256').update(readFileSync(binary)).digest('hex');
  const artifact: QnnArtifact = {
    form: 'context-binary', path: binary, sha256, graph: 'toy', backends: ['htp'], chip: 'SM8650', build: 'v2.51.0.260929181845', inputs: [INPUT], outputs: [{ ...INPUT, name: 'y', onnxName: 'y' }],
    source: { path, sha256: id }, madeBy: 'a test', ...changes,
  };
  const other: QnnArtifact = { ...artifact, form: 'dlc', backends: ['htp', 'gpu', 'cpu'], chip: null, build: null };
  const data = Float32Array.from({ length: 24 }, (_, i) => i / 10);
  return { id, modelPath: path, sha256: id, feed: new Map([['x', { dtype: 'float32', dims: [1, 2, 3, 4], data }]]), artifacts: new Map<string, QnnArtifact>([['htp', artifact], ['gpu', other], ['cpu', other]]) };
}

/** Blocks of one variant, one after the other on the units named. */
export async function takeBlocks(device: Device, variant: Variant, units: readonly (QnnBackend | string)[], changes: Partial<Batch> = {}, signal?: AbortSignal): Promise<BlockReport[]> {
  const blocks = units.map((unit, order) => ({ variant: variant.id, unit, round: order, order }));
  const ticket = await device.submit({ variants: [variant], blocks, ...RULES, keepOutputs: false, ...changes }, signal);
  while ((await device.poll(ticket)).state !== 'finished') await new Promise((resolve) => setTimeout(resolve, 20));
  return device.collect(ticket);
}
