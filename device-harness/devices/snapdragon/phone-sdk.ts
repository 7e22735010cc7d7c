import type { QnnArtifact } from '../../../converters/qnn/artifact.ts';
import { findSdk, type QnnSdk } from '../../../converters/qnn/sdk.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import { SOURCES_PROPERTY } from '../../virtual/qnn-sdk/source-folder.ts';
import { leaveSource } from '../../virtual/qnn-sdk/sources.ts';
import type { PhoneInfo } from './phone-info.ts';
import type { PhoneLink } from './phone-link.ts';
import { virtualSdk } from './virtual-sdk.ts';
import type { WorkplaceOptions } from './workplace.ts';

/** The SDK whose programs run on a phone: the one named, the user's own, or for a virtual phone the stand-ins. Throws UserError where there is none. */
export function sdkFor(info: PhoneInfo, named: string | null, folder: string, environment: NodeJS.ProcessEnv): QnnSdk {
  const sdk = findSdk(named, environment) ?? (info.virtual ? virtualSdk(folder) : null);
  if (sdk) return sdk;
  throw new UserError('No QNN or QAIRT SDK was found: its qnn-net-run and libraries are what runs on a phone.', [
    'Install Qualcomm AI Runtime (QAIRT) and set QAIRT_SDK_ROOT, or name it: --sdk DIR.', 'dyno doctor qnn says what is missing. Without an SDK and a phone: --on virtual:SM8650.',
  ]);
}

/** What leaves the graphs of artifacts where a virtual phone looks for them; null for phones that need none. */
export async function sourcesLeft(link: PhoneLink, info: PhoneInfo): Promise<NonNullable<WorkplaceOptions['onDeployed']> | null> {
  if (!info.virtual) return null;
  const folder = (await link.shell(`getprop ${SOURCES_PROPERTY}`)).output.trim();
  return folder === '' ? null : async (_, { artifact }) => leaveGraph(folder, artifact);
}

/** A DLC cannot be run without its graph; of a context binary it says what each operation costs, and is left out where it has data beside itself. */
function leaveGraph(sources: string, artifact: QnnArtifact): void {
  try {
    leaveSource(sources, artifact);
  } catch (error) {
    if (artifact.form === 'dlc' || !(error instanceof UserError)) throw error;
  }
}
