import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { z } from 'zod';
import { UserError } from '../../models/contracts/errors.ts';
import { locate, positionAt } from './json-position.ts';
import type { ConfigFile } from './schema.ts';

/** Reads and checks a config file. Throws UserError with line and path of what does not fit. */
export async function loadConfigFile(path: string): Promise<ConfigFile> {
  const { configSchema } = await import('./schema.ts');
  return loadFileAs(path, configSchema, 'Add "$schema": "./node_modules/npu-dyno/cli/config/schema.json" for help in the editor; dyno config --print shows what is in force.');
}

/** Reads a JSON, JavaScript or TypeScript file of settings and holds it against a schema. Throws UserError with line and path of what does not fit. */
export async function loadFileAs<T extends z.ZodType>(path: string, schema: T, nextStep: string): Promise<z.infer<T>> {
  const { value, json } = extname(path) === '.json' ? readJson(path) : { value: await importModule(path), json: null };
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => explain(issue, json));
  throw new UserError(`${path} does not fit:\n${problems.map((line) => `  ${line}`).join('\n')}`, [nextStep]);
}

function readJson(path: string): { value: unknown; json: string } {
  let json: string;
  try {
    json = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UserError(`Cannot read ${path}: ${(error as Error).message}.`, ['Check the path and its permissions.'], { cause: error });
  }
  try {
    return { value: JSON.parse(json), json };
  } catch (error) {
    throw new UserError(
      `${path}${syntaxPosition(json, error as Error)} is not JSON: ${(error as Error).message}`,
      ['Mend the syntax; JSON has neither comments nor trailing commas.'],
      { cause: error },
    );
  }
}

/** Node 20 says `at position 12`, and at the end of the text nothing. */
function syntaxPosition(json: string, error: Error): string {
  const offset = /position (\d+)/.exec(error.message)?.[1];
  const { line, column } = positionAt(json, offset === undefined ? json.length : Number(offset));
  return `:${line}:${column}`;
}

async function importModule(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  let value: unknown;
  try {
    value = await createJiti(import.meta.url).import(path, { default: true });
  } catch (error) {
    throw new UserError(`${path} cannot be loaded: ${(error as Error).message}`, ['Run it with Node to see the whole trace.'], {
      cause: error,
    });
  }
  if (typeof value === 'function' || value === undefined)
    throw new UserError(`${path} exports no config.`, ['Write export default defineConfig({ … }).']);
  return value;
}

interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

/** One line an issue; each unknown key has its own. */
function explain(issue: Issue, json: string | null): string[] {
  const places = issue.code === 'unrecognized_keys' && issue.keys ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  return places.map((path) => {
    const message = places.length > 1 || issue.code === 'unrecognized_keys' ? 'there is no such setting' : issue.message;
    const position = json === null ? null : locate(json, path);
    return `${position ? `line ${position.line}, column ${position.column}: ` : ''}${formatPath(path)}: ${message}`;
  });
}

/** `gate.gates[0].latency`, keys that are no identifiers in quotes. */
export function formatPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the config';
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      if (/^[\w$-]+$/.test(String(key))) return `${i > 0 ? '.' : ''}${String(key)}`;
      return `[${JSON.stringify(String(key))}]`;
    })
    .join('');
}
