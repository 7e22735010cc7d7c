import { isDict } from './plist-value.ts';
import { askPlist, type Lockdown } from './lockdown.ts';

/** An app on a phone, as far as we ask. */
export interface InstalledApp {
  readonly version: string;
  readonly build: string;
  /** Its documents can be reached from a computer. */
  readonly sharesFiles: boolean;
}

/** Looks an app up by its bundle id; null where it is not installed. */
export async function installedApp(lockdown: Lockdown, bundleId: string): Promise<InstalledApp | null> {
  const stream = await lockdown.service('com.apple.mobile.installation_proxy');
  try {
    const attributes = ['CFBundleIdentifier', 'CFBundleShortVersionString', 'CFBundleVersion', 'UIFileSharingEnabled'];
    const { LookupResult: found } = await askPlist(stream, { Command: 'Lookup', ClientOptions: { BundleIDs: [bundleId], ReturnAttributes: attributes } });
    const app = isDict(found) ? found[bundleId] : undefined;
    if (!isDict(app)) return null;
    return { version: String(app['CFBundleShortVersionString'] ?? ''), build: String(app['CFBundleVersion'] ?? ''), sharesFiles: app['UIFileSharingEnabled'] === true };
  } finally {
    stream.destroy();
  }
}
