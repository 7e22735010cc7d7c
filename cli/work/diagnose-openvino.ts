import { listOpenVinoDevices, openOpenVino } from '../../converters/openvino/index.ts';
import { findEnvironment, openVinoRequirements } from '../../converters/toolchain/index.ts';
import type { Diagnosis, Surroundings } from './diagnose.ts';

type Row = Diagnosis & { readonly title: string };

const AGAIN = 'Make it anew: dyno setup openvino --again';

/** What a kind of device needs where none is found. */
const MISSING: Readonly<Record<'CPU' | 'GPU' | 'NPU', Diagnosis>> = {
  CPU: { state: 'missing', found: 'not found', fix: AGAIN },
  GPU: { state: 'optional', found: 'none found', fix: 'Where there is an Intel GPU: install its compute runtime (Debian and Ubuntu: apt install intel-opencl-icd), and let this user read /dev/dri/renderD*.' },
  NPU: { state: 'optional', found: 'none found', fix: 'Where there is an NPU (Intel Core Ultra): install its driver (https://github.com/intel/linux-npu-driver), and let this user read /dev/accel/accel0.' },
};

/** `dyno doctor openvino`: the environment, and what OpenVINO finds on this machine. Only `--on openvino…` needs any of it. */
export async function diagnoseOpenVino({ env, signal }: Surroundings): Promise<readonly Row[]> {
  const title = 'OpenVINO';
  const toolchain = openOpenVino(env);
  if (toolchain instanceof Error) return [{ title, state: 'optional', found: toolchain.message, fix: toolchain.nextSteps.join(' ') }];
  try {
    const found = await listOpenVinoDevices(toolchain, signal);
    const folder = findEnvironment(env, openVinoRequirements())?.folder ?? '';
    const rows = Object.entries(MISSING).map(([kind, missing]): Row => {
      const here = found.filter(({ id }) => id.split('.')[0] === kind).map(({ id, name }) => (id === kind ? name : `${id}: ${name}`));
      return { title: `openvino:${kind}`, ...(here.length > 0 ? { state: 'ok', found: here.join(', '), fix: null } : missing) };
    });
    return [{ title, state: 'ok', found: `${toolchain.version} in ${folder}, without its telemetry`, fix: null }, ...rows];
  } catch (error) {
    return [{ title, state: 'missing', found: (error as Error).message, fix: AGAIN }];
  } finally {
    await toolchain.close();
  }
}
