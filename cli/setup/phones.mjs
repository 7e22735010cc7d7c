import { installOnce } from './install-once.mjs';

const MINUTES = 8;

/** Installs Appium and its drivers for the tests where they are missing, by the code of `dyno setup phones` in the build. True when somebody interrupted. */
export async function preparePhones(root) {
  if (process.env.DYNO_NO_PHONES) return false;
  return installOnce(root, {
    module: 'device-harness/appium/driver-packages.js',
    find: ({ findDriverPackages }) => findDriverPackages(),
    install: ({ installDriverPackages }, signal) => installDriverPackages({ signal }),
    minutes: MINUTES,
    opening: 'Installing Appium and its drivers for Android and iOS (once; 270 MB on disk, a minute) …',
    missing: 'Appium and its drivers are missing:',
    without: 'Without them: tests of phones through Appium are skipped; everything else runs.',
    again: 'npm run dyno -- setup phones. To leave them out: DYNO_NO_PHONES=1.',
  });
}
