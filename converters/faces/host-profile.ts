import { parseTarget } from '../../models/contracts/index.ts';
import { resolveTarget } from '../rules/resolve-target.ts';

/** Face changes are the same for every target; rewrites that they make use of are asked for the host. */
export const HOST = resolveTarget(parseTarget('host'));
