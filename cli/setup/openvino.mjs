import { installOnce } from './install-once.mjs';

const MINUTES = 5;

/** Installs OpenVINO for the tests where it is missing, by the code of `dyno setup openvino` in the build. True when somebody interrupted. */
export async function prepareOpenVino(root) {
  if (process.env.DYNO_NO_OPENVINO || process.env.DYNO_NO_PYTHON) return false;
  return installOnce(root, {
    module: 'converters/toolchain/index.js',
    find: ({ findEnvironment, openVinoRequirements }) => findEnvironment(process.env, openVinoRequirements()),
    install: ({ setUpPython, openVinoRequirements }, signal, progress) => setUpPython({ requirements: openVinoRequirements(), signal, progress }),
    minutes: MINUTES,
    opening: 'Installing OpenVINO (once; 60 MB to fetch, 0.3 GB on disk) …',
    missing: 'OpenVINO is missing:',
    without: 'Without it: tests of --on openvino are skipped; everything else runs.',
    again: 'npm run dyno -- setup openvino. To leave it out: DYNO_NO_OPENVINO=1.',
  });
}
