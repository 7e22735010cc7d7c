import { DynoError, ExternalError, UserError } from '../../models/contracts/errors.ts';
import type { Endpoint } from '../appium/session.ts';
import type { Farm } from './farm.ts';

/** How a farm is entered. The values of its variables live here and nowhere else. */
export interface FarmAccess {
  readonly endpoint: Endpoint;
  /** The farm's own block, with variables in place of their names. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** An error without the secrets in its texts. */
  hide(error: unknown): unknown;
}

/** The longest that one call may take: a queue holds the call that asks for a session. */
const CALL_MS = 600_000;

/** Shorter values are words that stand in other texts as well. */
const LEAST_SECRET = 4;

/** Reads what the farm's settings name from the environment. Throws UserError for variables that are not set and a URL that is none. */
export function accessTo(farm: Farm, environment: NodeJS.ProcessEnv): FarmAccess {
  const { protocol, hostname, port, pathname, username, password } = parsed(farm);
  if (username || password) throw new UserError(`The URL of farm:${farm.name} holds credentials.`, [`Put them into environment variables, and name those: farms.${farm.name}.user and .key.`]);
  const secrets: string[] = [];
  const secret = (name: string): string => {
    const value = environment[name];
    if (!value) throw new UserError(`farm:${farm.name} needs the environment variable ${name}, which is not set.`, [`Set ${name}; credentials stand in no config file.`]);
    secrets.push(value, encodeURIComponent(value));
    return value;
  };
  const headers: Record<string, string> = {};
  if (farm.user !== null || farm.key !== null) {
    const pair = Buffer.from(`${farm.user === null ? '' : secret(farm.user)}:${farm.key === null ? '' : secret(farm.key)}`).toString('base64');
    secrets.push(pair);
    headers['authorization'] = `Basic ${pair}`;
  }
  const secure = protocol === 'https:';
  const endpoint: Endpoint = { protocol: secure ? 'https' : 'http', hostname, port: Number(port) || (secure ? 443 : 80), path: pathname, headers, callMs: CALL_MS };
  const capabilities = filled(farm.capabilities, secret) as Record<string, unknown>;
  const hidden = [...new Set(secrets)].filter(({ length }) => length >= LEAST_SECRET).sort((a, b) => b.length - a.length);
  return { endpoint, capabilities, hide: (error) => withoutSecrets(error, hidden) };
}

function parsed({ name, url }: Farm): URL {
  const found = URL.canParse(url) ? new URL(url) : null;
  if (found && /^https?:$/.test(found.protocol)) return found;
  throw new UserError(`The URL of farm:${name} is none that Appium listens at.`, [`farms.${name}.url: https://HOST[:PORT]/PATH, e.g. http://grid.local:4444.`]);
}

function filled(value: unknown, secret: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => filled(item, secret));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === 'env' && typeof only[1] === 'string') return secret(only[1]);
  return Object.fromEntries(entries.map(([key, item]) => [key, filled(item, secret)]));
}

/** Clients put the whole request into their messages, capabilities included. A cause keeps its own texts, and is left behind. */
function withoutSecrets(error: unknown, secrets: readonly string[]): unknown {
  const clean = (text: string): string => secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text);
  if (error instanceof ExternalError) return new ExternalError(clean(error.message), error.command, clean(error.output), error.nextSteps);
  if (error instanceof DynoError) return error;
  return new ExternalError(clean(error instanceof Error ? error.message : String(error)), 'farm', '');
}
