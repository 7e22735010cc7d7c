import { UserError } from '../contracts/errors.ts';
import type { Network } from './network.ts';
import { ABPN } from './networks/abpn.ts';
import { EDSR } from './networks/edsr.ts';
import { ESPCN } from './networks/espcn.ts';
import { FSRCNN } from './networks/fsrcnn.ts';
import { QUICKSRNET } from './networks/quicksrnet.ts';
import { RFDN } from './networks/rfdn.ts';
import { RRDB } from './networks/rrdb.ts';
import { SESR } from './networks/sesr.ts';
import { PLAIN_STACKS } from './networks/srvgg.ts';
import { SWINIR } from './networks/swinir.ts';
import { ULTRAMINI } from './networks/ultramini.ts';
import { VAPSR } from './networks/vapsr.ts';
import { XLSR } from './networks/xlsr.ts';

/** Architectures that `dyno zoo` makes, layer by layer as published. */
export const NETWORKS: readonly Network[] = [
  ...QUICKSRNET, ...ABPN, ...SESR, ...XLSR, ...ESPCN, ...FSRCNN, ...EDSR, ...RFDN, ...PLAIN_STACKS, ...RRDB, ...SWINIR, ...VAPSR, ...ULTRAMINI,
];

/** The network of that name. Throws UserError naming those that begin alike. */
export function networkNamed(name: string): Network {
  const found = NETWORKS.find((network) => network.name === name);
  if (found) return found;
  const near = NETWORKS.filter((network) => network.name.startsWith(name.slice(0, 4).toLowerCase())).map((network) => network.name);
  throw new UserError(`The zoo has no network "${name}".`, [near.length > 0 && name !== '' ? `Near: ${near.join(', ')}.` : 'What it has: dyno zoo list']);
}
