import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';

/** `dyno setup python`: the environment with Qualcomm's compiler and coremltools. */
export const setup: Handler<object> = async (_args, _options, session) => {
  const { setUpPython } = await import('../../converters/toolchain/set-up.ts');
  const { folder, python, packages } = await setUpPython({ environment: session.io.env, signal: session.signal, say: (line) => session.note(line) });
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`).join(', ');
  await session.present({ json: { folder, python, packages }, text: `The Python environment is ready in ${folder}\n${session.style.dim(versions)}` });
  return EXIT.ok;
};
