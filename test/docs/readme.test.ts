import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { configSchema } from '../../cli/config/schema.ts';
import type { Io } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';
import { repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { commandsOf, fences, isShown, words } from './console.ts';

const readme = readFileSync(join(repoRoot, 'README.md'), 'utf8');
const phones = readFileSync(join(repoRoot, 'docs/phones.md'), 'utf8');

describe('console blocks of the README and of docs/phones.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-readme-'));
  copyFileSync(join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx'), join(folder, 'ultramini-x2.onnx'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let code: number | null = null;

  test.each([...commandsOf(fences(readme, 'console')), ...commandsOf(fences(phones, 'console'))])('$command', async ({ command, output }) => {
    const [program, ...args] = words(command);
    let printed = `${code}\n`;
    if (command !== 'echo $?') {
      expect(program).toBe('dyno');
      const result = await runCli(args, { cwd: folder });
      code = result.code;
      printed = result.stdout === '' ? result.stderr : result.stdout;
    }
    const lines = printed.trimEnd().split('\n');
    if (!isShown(output, lines)) expect(lines).toEqual(output);
  });
});

test('commands and flags of the README exist', async () => {
  const lines = ['sh', 'text', 'yaml', 'console'].flatMap((language) => [...fences(readme, language), ...fences(phones, language)]).join('\n').replace(/\\\n/g, ' ');
  const uses = new Map<string, Set<string>>();
  for (const [, command, rest] of lines.matchAll(/(?:\$ |npx )dyno ([a-z]+)(.*)$/gm)) {
    const flags = [...(rest as string).matchAll(/(?<=\s)--?[a-z][a-z-]*/g)].map(([flag]) => flag);
    uses.set(command as string, new Set([...(uses.get(command as string) ?? []), ...flags]));
  }
  expect(uses.size).toBeGreaterThan(8);
  const missing: string[] = [];
  for (const [command, flags] of uses) {
    const known = new Set([...(await helpOf(command)).matchAll(/(?<![\w-])--?[a-z][a-z-]*/g)].map(([flag]) => flag));
    missing.push(...[...flags].filter((flag) => !known.has(flag)).map((flag) => `${command} ${flag}`));
  }
  expect(missing).toEqual([]);
});

/** What `dyno COMMAND --help` says; fails for a command that does not exist. */
async function helpOf(command: string): Promise<string> {
  const stdout = new PassThrough();
  const host = { stdout, stderr: new PassThrough(), stdin: new PassThrough(), env: {}, cwd: () => repoRoot } as unknown as Io & { exitCode?: number };
  await main([command, '--help'], host);
  expect([command, host.exitCode]).toEqual([command, 0]);
  return String(stdout.read());
}

test('the configs of the README fit the schema', () => {
  const configs = fences(readme, 'json').map((text) => configSchema.safeParse(JSON.parse(text)));
  expect(configs.length).toBeGreaterThan(1);
  expect(configs.flatMap(({ error }) => error?.message ?? [])).toEqual([]);
});

test('links of README, change log and docs lead somewhere', () => {
  const docs = readdirSync(join(repoRoot, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  const broken = ['README.md', 'CHANGELOG.md', ...docs].flatMap((page) => {
    const text = readFileSync(join(repoRoot, page), 'utf8');
    return [...text.matchAll(/\]\((?!https?:)([^)\s]*)\)/g)]
      .map((match) => match[1] as string)
      .filter((link) => !leads(page, text, link))
      .map((link) => `${page}: ${link}`);
  });
  expect(broken).toEqual([]);
});

/** Whether a link's file exists and, for pages, has the heading that its anchor names. */
function leads(page: string, text: string, link: string): boolean {
  const [path, anchor] = link.split('#') as [string, string?];
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(repoRoot, target))) return false;
  if (anchor === undefined) return true;
  const content = path === '' ? text : readFileSync(join(repoRoot, target), 'utf8');
  return [...content.matchAll(/^#+ (.+)$/gm)].some((match) => slug(match[1] as string) === anchor);
}

/** The anchor that GitHub gives to a heading. */
function slug(heading: string): string {
  return heading.toLowerCase().replace(/[^\w\s-]/g, '').replace(/\s/g, '-');
}
