import { UserError } from '../../models/contracts/index.ts';
import type { OpenVinoToolchain } from './toolchain.ts';
import { OPENVINO_DEVICES } from './unit-settings.ts';

/** What OpenVINO can compile for on this machine. */
export interface OpenVinoDevice {
  /** `CPU`, `GPU`, `GPU.1`, `NPU`. */
  readonly id: string;
  /** The processor's name. */
  readonly name: string;
}

const TIMEOUT_MS = 60_000;

/** Asks OpenVINO. Throws ExternalError where it does not start. */
export async function listOpenVinoDevices({ worker }: OpenVinoToolchain, signal?: AbortSignal): Promise<readonly OpenVinoDevice[]> {
  const { value } = await worker.run<{ devices: OpenVinoDevice[] }>('openvino.devices', {}, { what: 'look for OpenVINO\'s devices', timeoutMs: TIMEOUT_MS, ...(signal ? { signal } : {}) });
  return value.devices;
}

/** The device by that name; with several GPUs, `GPU` is the first. Throws UserError, with those that are here, where there is none. */
export function deviceNamed(id: string, found: readonly OpenVinoDevice[]): OpenVinoDevice {
  const device = found.find((one) => one.id === id) ?? found.find((one) => one.id === `${id}.0`);
  if (device) return device;
  const here = found.map((one) => `openvino:${one.id} (${one.name})`).join(', ');
  throw new UserError(`OpenVINO finds no ${id} on this machine.`, [`Here are: ${here || 'none'}.`, ...(id === 'CPU' ? [] : ['A GPU or an NPU needs Intel\'s driver besides: docs/openvino.md.'])]);
}

/** The part of a selector after `openvino`, as OpenVINO writes it; none is the CPU. Throws UserError for what is no device. */
export function openVinoDeviceId(text: string | null): string {
  const id = (text ?? 'CPU').toUpperCase();
  if (/^(?:CPU|NPU|GPU(?:\.\d+)?)$/.test(id)) return id;
  throw new UserError(`"openvino:${text}" is not a device.`, [`Use one of: openvino:${OPENVINO_DEVICES.join(', openvino:')}, openvino:GPU.1.`]);
}
