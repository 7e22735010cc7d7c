import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { readPlist, writePlist } from '../../devices/iphone/usb/frames.ts';
import type { PlistDict } from '../../devices/iphone/usb/plist-value.ts';
import type { Pairing } from './pairing.ts';

export const LOCKDOWN_PORT = 62078;

export interface LockdownOptions {
  readonly pairing: Pairing;
  readonly trusted: () => boolean;
  /** Values by domain; '' is the one without a name, which is told to everybody. */
  readonly values: () => Readonly<Record<string, PlistDict>>;
  /** Makes a service listen on a port; null where there is none of this name. */
  readonly startService: (name: string) => number | null;
}

/** The daemon that says what the phone is, proves that it trusts the host, and starts services. */
export async function serveLockdown(stream: Duplex, options: LockdownOptions): Promise<void> {
  let current = stream;
  let session: string | null = null;
  for (let request = await readPlist(current); request !== null; request = await readPlist(current)) {
    const answer = answerTo(request, session !== null, options);
    writePlist(current, { Request: request['Request'] ?? '', ...answer });
    if (typeof answer['SessionID'] !== 'string') continue;
    session = answer['SessionID'];
    current = options.pairing.secure(current);
  }
  current.destroy();
}

function answerTo(request: PlistDict, inSession: boolean, { pairing, trusted, values, startService }: LockdownOptions): PlistDict {
  switch (request['Request']) {
    case 'QueryType':
      return { Type: 'com.apple.mobile.lockdown' };
    case 'GetValue':
      return lookUp(request, inSession, values());
    case 'Pair':
    case 'ValidatePair':
      return trusted() ? {} : { Error: 'PairingDialogResponsePending' };
    case 'StartSession':
      if (!trusted() || request['HostID'] !== pairing.hostId) return { Error: 'InvalidHostID' };
      return { SessionID: randomUUID().toUpperCase(), EnableSessionSSL: true };
    case 'StopSession':
      return {};
    case 'StartService': {
      if (!inSession) return { Error: 'SessionInactive' };
      const name = String(request['Service']);
      const port = startService(name);
      return port === null ? { Error: 'InvalidService', Service: name } : { Port: port, EnableServiceSSL: true, Service: name };
    }
    default:
      return { Error: 'InvalidRequest' };
  }
}

function lookUp(request: PlistDict, inSession: boolean, values: Readonly<Record<string, PlistDict>>): PlistDict {
  const [domain, key] = [String(request['Domain'] ?? ''), request['Key']];
  const named = { ...(domain === '' ? {} : { Domain: domain }), ...(key === undefined ? {} : { Key: key }) };
  if (domain !== '' && !inSession) return { ...named, Error: 'GetProhibited' };
  const all = values[domain];
  if (all === undefined || (key !== undefined && all[String(key)] === undefined)) return { ...named, Error: 'MissingValue' };
  return { ...named, Value: key === undefined ? all : (all[String(key)] as PlistDict[string]) };
}
