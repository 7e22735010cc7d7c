import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDriverPackages } from '../../../../device-harness/appium/driver-packages.ts';
import { type Batch, type BlockReport, type BlockSpec, type Device, folderVariantOf, type Variant } from '../../../../device-harness/index.ts';
import { type OpenedIphone, openIphones, type OpenIphonesOptions } from '../../../../device-harness/devices/iphone/open-iphones.ts';
import type { DeviceSelector } from '../../../../models/contracts/selectors.ts';
import { VirtualIphones } from '../../../../device-harness/virtual/iphone/virtual-iphones.ts';
import type { VirtualIphoneOptions } from '../../../../device-harness/virtual/iphone/virtual-iphone.ts';
import { readNpy } from '../../../support/npy.ts';
import { fixture } from '../../../support/paths.ts';

/** Whether the real XCUITest driver is installed here. */
export const driversMissing = findDriverPackages() === null;

/** Virtual phones as if they were attached to this computer, and what opens them. */
export interface PhoneLab {
  readonly virtual: VirtualIphones;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  open(selectors?: readonly DeviceSelector[], options?: Partial<OpenIphonesOptions>): Promise<OpenedIphone[]>;
  close(): Promise<void>;
}

export async function phoneLab(...phones: (Omit<VirtualIphoneOptions, 'folder' | 'name'> & { readonly name: string })[]): Promise<PhoneLab> {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-lab-'));
  const virtual = await VirtualIphones.start(join(folder, 'phones'), phones);
  const environment = { ...process.env, ...virtual.environment };
  return {
    virtual, folder, environment,
    open: (selectors = virtual.phones.map(({ udid }) => ({ kind: 'iphone', id: udid })), options = {}) => openIphones(selectors, { environment, folder: join(folder, 'run'), patienceMs: 20_000, ...options }),
    close: async () => {
      await virtual.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A package that coremltools' own PyTorch frontend wrote, with an input whose output PyTorch computed. */
export async function witnessVariant(name: string, id = name): Promise<Variant> {
  return folderVariantOf(id, fixture('coreml-witnesses', `${name}.mlpackage`), new Map([['x', readNpy(fixture('coreml-witnesses', `${name}.input.npy`))]]));
}

export const QUICK: Pick<Batch, 'warmUp' | 'timed'> = { warmUp: { minRuns: 5, minMs: 0, maxMs: 500, tolerance: 0.04 }, timed: { minRuns: 10, minMs: 0, maxRuns: 10, maxMs: 10_000 } };

export function batchOf(variants: readonly Variant[], units: readonly string[], rounds: number, keepOutputs = false): Batch {
  const pairs = Array.from({ length: rounds }, (_, round) => variants.flatMap(({ id }) => units.map((unit) => ({ variant: id, unit, round })))).flat();
  return { variants, blocks: pairs.map((pair, order): BlockSpec => ({ ...pair, order })), ...QUICK, keepOutputs };
}

/** Submits, polls and collects, as the schedule does. */
export async function reportsOf(device: Device, batch: Batch): Promise<BlockReport[]> {
  const ticket = await device.submit(batch);
  while ((await device.poll(ticket)).state !== 'finished') await new Promise((resolve) => setTimeout(resolve, 50));
  return device.collect(ticket);
}
