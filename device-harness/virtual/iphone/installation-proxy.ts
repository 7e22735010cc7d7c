import type { Duplex } from 'node:stream';
import { readPlist, writePlist } from '../../devices/iphone/usb/frames.ts';
import { isDict, type PlistDict } from '../../devices/iphone/usb/plist-value.ts';

/** Lists the apps of a phone (`Browse`) and looks some up (`Lookup`). Nothing can be installed: there is no hardware that would run it. */
export async function serveInstallationProxy(stream: Duplex, apps: () => readonly PlistDict[]): Promise<void> {
  for (let request = await readPlist(stream); request !== null; request = await readPlist(stream)) {
    const options = isDict(request['ClientOptions']) ? request['ClientOptions'] : {};
    const asked = options['BundleIDs'];
    const chosen = apps().filter((app) => !Array.isArray(asked) || asked.includes(app['CFBundleIdentifier'] as string)).map((app) => picked(app, options['ReturnAttributes']));
    if (request['Command'] === 'Browse') {
      writePlist(stream, { Status: 'BrowsingApplications', Total: chosen.length, CurrentIndex: 0, CurrentAmount: chosen.length, CurrentList: chosen });
      writePlist(stream, { Status: 'Complete' });
    } else if (request['Command'] === 'Lookup') {
      writePlist(stream, { Status: 'Complete', LookupResult: Object.fromEntries(chosen.map((app) => [String(app['CFBundleIdentifier']), app])) });
    } else writePlist(stream, { Error: 'APIInternalError', ErrorDescription: `a virtual phone does not know ${String(request['Command'])}` });
  }
  stream.destroy();
}

function picked(app: PlistDict, attributes: PlistDict[string] | undefined): PlistDict {
  return Array.isArray(attributes) ? Object.fromEntries(Object.entries(app).filter(([name]) => attributes.includes(name))) : app;
}
