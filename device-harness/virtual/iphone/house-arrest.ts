import type { Duplex } from 'node:stream';
import { readPlist, writePlist } from '../../devices/iphone/usb/frames.ts';
import { type AfcOptions, serveAfc } from './afc.ts';

/** Where an app's files lie and whether it shares them; null where it is not installed. */
export type AppFiles = (bundleId: string) => { readonly container: string; readonly sharesFiles: boolean } | null;

/** Gives access to the files of one app: to all (`VendContainer`), or to its documents, which it must have asked for (`VendDocuments`). */
export async function serveHouseArrest(stream: Duplex, filesOf: AppFiles, options: Omit<AfcOptions, 'root' | 'writable'>): Promise<void> {
  const request = await readPlist(stream);
  if (request === null) return;
  const documents = request['Command'] === 'VendDocuments';
  const app = filesOf(String(request['Identifier']));
  const known = documents || request['Command'] === 'VendContainer';
  const lookedUp = app !== null && (app.sharesFiles || !documents);
  const refusal = !known ? 'UnknownCommand' : lookedUp ? null : 'InstallationLookupFailed';
  writePlist(stream, refusal === null ? { Status: 'Complete' } : { Error: refusal });
  if (app !== null && refusal === null) await serveAfc(stream, { ...options, root: app.container, writable: documents ? '/Documents' : '/' });
}
