import { deviceNamed, listOpenVinoDevices, openOpenVino, openVinoDeviceId, unitsOf } from '../../converters/openvino/index.ts';
import { createOpenVinoDevice, variantOf } from '../../device-harness/index.ts';
import { parseDevice } from '../../models/contracts/selectors.ts';
import { feedOf } from './bench-feed.ts';
import type { OpenedDevice, OpenRequest } from './opened-device.ts';
import { openVerifier } from './verify-outputs.ts';

/**
 * A device of this machine through OpenVINO, by its selector. Outputs are compared with ONNX Runtime's. Throws UserError where OpenVINO is not
 * installed, and where it finds no such device.
 */
export async function openOpenVinoDevice(selector: string, { settings, seed, env, signal }: OpenRequest): Promise<OpenedDevice> {
  const id = openVinoDeviceId(parseDevice(selector).id);
  const toolchain = openOpenVino(env);
  if (toolchain instanceof Error) throw toolchain;
  try {
    const hardware = deviceNamed(id, await listOpenVinoDevices(toolchain, signal));
    const device = createOpenVinoDevice(toolchain, hardware);
    const verifier = openVerifier(env, signal);
    const here = hardware.id === 'CPU';
    return {
      device, record: { device: device.selector, label: device.label, system: null, chip: null, evidence: device.capabilities.evidence, tools: { OpenVINO: toolchain.version } },
      ownUnits: unitsOf(hardware.id), takes: () => true, variant: async (ref) => variantOf(ref.id, ref.path, feedOf(ref, settings.size, seed)),
      verify: (variant, unit, outputs) => verifier.verify(variant, { unit, soc: null, virtual: false, here }, outputs),
      close: async () => {
        await device.close();
        await verifier.close();
      },
    };
  } catch (error) {
    await toolchain.close();
    throw error;
  }
}
