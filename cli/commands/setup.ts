import { openVinoRequirements, type Requirements, vendorRequirements } from '../../converters/toolchain/requirements.ts';
import { formatBytes } from '../../reports/model/format.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { oneStep } from '../work/one-step.ts';

interface SetupOptions {
  /** Removes instead what other versions and broken-off set-ups left. */
  readonly clean?: boolean;
  readonly again?: boolean;
}

/** `dyno setup python`: the environment with Qualcomm's compiler and coremltools. `openvino`: that with OpenVINO. `phones`: Appium and its drivers. */
export const setup: Handler<SetupOptions> = async ([what], { clean, again }, session) => {
  if (what === 'phones') await installPhoneDrivers(session);
  else await (clean ? removeOthers(session) : install(session, what === 'openvino' ? openVinoRequirements() : vendorRequirements(), again === true));
  return EXIT.ok;
};

async function installPhoneDrivers(session: Session): Promise<void> {
  const { installDriverPackages } = await import('../../device-harness/appium/driver-packages.ts');
  const { folder, versions } = await oneStep(session, 'setup', 'Set up what talks to phones', async ({ progress }) => {
    const value = await installDriverPackages({ environment: session.io.env, signal: session.signal, progress });
    return { value, summary: value.folder };
  });
  const text = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ');
  await session.present({ json: { folder, versions }, text: `The phone drivers are ready in ${folder}\n${session.style.dim(text)}` });
}

async function install(session: Session, requirements: Requirements, again: boolean): Promise<void> {
  const { setUpPython } = await import('../../converters/toolchain/set-up.ts');
  const { folder, python, packages } = await oneStep(session, 'setup', `Set up ${requirements.name === 'python' ? 'Python' : 'OpenVINO'}`, async ({ progress }) => {
    const value = await setUpPython({ again, requirements, environment: session.io.env, signal: session.signal, progress: (note, done) => progress(note, done) });
    return { value, summary: value.folder };
  });
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`).join(', ');
  await session.present({ json: { folder, python, packages }, text: `${requirements.title} is ready in ${folder}\n${session.style.dim(versions)}` });
}

async function removeOthers(session: Session): Promise<void> {
  const { removeOtherEnvironments } = await import('../../converters/toolchain/other-environments.ts');
  const removed = await removeOtherEnvironments(session.io.env);
  const lines = removed.map(({ folder, bytes }) => `Removed ${folder} (${formatBytes(bytes)})`);
  await session.present({ json: { removed }, text: lines.length > 0 ? lines.join('\n') : 'There is nothing to remove.' });
}
