import type { QnnSdk } from '../../converters/qnn/sdk.ts';
import type { HtpSoc } from '../../converters/rules/index.ts';
import type { PackPlan } from './plan.ts';

/** What lies beside the script, for the person who has the phone. */
export function bundleReadme(plan: PackPlan, soc: HtpSoc, sdk: QnnSdk): string {
  const units = [...new Set(plan.blocks.map(({ unit }) => unit))];
  return `Measuring on a Snapdragon phone
===============================

This folder was packed by npu-dyno ${plan.dyno}. It times ${plan.models.map(({ id }) => id).join(', ')} on ${units.join(', ')} of a phone
with ${soc.chip}${soc.marketing ? ` (${soc.marketing})` : ''}: ${plan.blocks.length} launches, interleaved, with rests while the phone is warm.

You need: adb (Android platform tools), a phone with USB debugging switched on, and a POSIX shell
(Linux, macOS, or Git Bash and WSL on Windows). Nothing is installed on the phone; everything lies in
/data/local/tmp/npu-dyno there and may be deleted afterwards.

  1. Plug the phone in, unlock it, allow this computer. Close other apps; leave the screen as it is.
  2. ./run.sh                 (./run.sh SERIAL where several phones are attached)
  3. Send results.tar.gz back. There: dyno ingest results.tar.gz

run.sh may be stopped at any time and run again: finished launches are kept.
Environment: ADB=/path/to/adb, ANDROID_SERIAL, FORCE_CHIP=${soc.chip} for phones that name their chip otherwise.

What the results hold: times, profiling logs, outputs on seeded inputs, temperatures, and of the phone its
model, chip, Android version and serial number. No files of the phone's owner are read.

Licence
-------
store/ holds programs and libraries of Qualcomm's SDK${sdk.version === null ? '' : ` (${sdk.version})`}, taken from the installation of whoever packed this.
They are under Qualcomm's licence, not under that of npu-dyno: whether and to whom they may be passed on is
said there (LICENSE.pdf of the SDK). Do not publish this folder.
`;
}
