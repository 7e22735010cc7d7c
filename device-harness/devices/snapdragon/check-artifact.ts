import type { QnnArtifact, QnnBackend } from '../../../converters/qnn/artifact.ts';
import { runtimeFiles, type RuntimeFile } from '../../../converters/qnn/runtime-files.ts';
import { compareVersions, type QnnSdk } from '../../../converters/qnn/sdk.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import type { PhoneInfo } from './phone-info.ts';

/**
 * Whether an artifact can run on a phone with an SDK's libraries, looked at before anything is sent, and the files of the SDK that it needs. Throws
 * UserError: another chip's context binary, libraries older than its compiler, a back end that it was not made for, a missing skeleton.
 */
export function checkArtifact(artifact: QnnArtifact, unit: QnnBackend, info: PhoneInfo, sdk: QnnSdk): RuntimeFile[] {
  if (!artifact.backends.includes(unit)) {
    throw new UserError(`What was made for ${artifact.backends.join(' and ')} does not run on ${unit}: ${artifact.path}.`, ['A context binary belongs to the back end that made it; a DLC or a model library runs on all of them.']);
  }
  if (artifact.form === 'context-binary') {
    assertChip(artifact, info);
    assertBuild(artifact, sdk);
  }
  return runtimeFiles(sdk, { backend: unit, form: artifact.form, hexagon: info.chip?.hexagon ?? null, config: unit === 'htp' });
}

function assertChip({ chip }: QnnArtifact, info: PhoneInfo): void {
  if (chip === null || info.chip?.chip === chip) return;
  if (info.chip === null) {
    throw new UserError(`${info.serial} has the chip ${info.soc || 'of no name'}, which is not in the table, and the context binary is for ${chip}.`, [`Name its chip if you know it: --chip ${chip}.`]);
  }
  throw new UserError(`The context binary is for ${chip}, and ${info.serial} has ${info.chip.chip}: the phone would refuse it (error 5005).`, [`Compile for this phone: --target htp:${info.chip.chip}.`]);
}

/** A context binary is read by libraries at least as new as those that wrote it. */
function assertBuild({ build }: QnnArtifact, sdk: QnnSdk): void {
  if (build === null || sdk.version === null || compareVersions(sdk.version, build) >= 0) return;
  throw new UserError(`The context binary was made by ${build}, and the SDK in ${sdk.root} is ${sdk.version}: older libraries refuse it.`, [
    `Take an SDK from ${build.replace(/^v/, '').split('.').slice(0, 3).join('.')} on, or let this SDK make the context binary: --form chain.`,
  ]);
}
