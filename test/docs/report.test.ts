import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Io } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';
import { EVIDENCE } from '../../models/contracts/index.ts';
import { buildReport, parseReport } from '../../reports/model/index.ts';
import { fixture, repoRoot } from '../support/paths.ts';
import { commandsOf, fences, isShown, words } from './console.ts';

const page = readFileSync(join(repoRoot, 'docs/report.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'dyno-report-page-'));

/** The sample of a later day, with a newer ONNX Runtime that is `factor` times as slow. */
function later(day: number, runtime: string, factor: number): string {
  const monday = parseReport(readFileSync(fixture('report/sample.json'), 'utf8'), 'sample.json');
  return JSON.stringify(buildReport({
    ...monday, reference: monday.reference ?? 'original-fp32',
    run: { ...monday.run, id: `2026-11-${day}-ultramini`, startedAt: `2026-11-${day}T12:00:00.000Z` },
    environment: { ...monday.environment, libraries: { ...monday.environment.libraries, onnxruntime: runtime } },
    measurements: monday.measurements.map((m) => ({ ...m, blocks: m.blocks.map((block) => ({ ...block, samples: block.samples.map((ms) => ms * factor) })) })),
  }));
}

beforeAll(() => {
  copyFileSync(fixture('report/sample.json'), join(folder, 'monday.json'));
  writeFileSync(join(folder, 'tuesday.json'), later(24, '1.31.0', 0.9));
  writeFileSync(join(folder, 'wednesday.json'), later(25, '1.31.1', 1.2));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('console blocks of docs/report.md', () => {
  test.each(commandsOf(fences(page, 'console')))('$command', async ({ command, output }) => {
    const [, ...args] = words(command);
    const stdout = new PassThrough();
    const host = { stdout, stderr: new PassThrough().resume(), stdin: new PassThrough(), env: {}, cwd: () => folder } as unknown as Io & { exitCode?: number };
    await main(args, host);
    expect(host.exitCode).toBe(0);
    const lines = String(stdout.read()).trimEnd().split('\n');
    if (!isShown(output, lines)) expect(lines).toEqual(output);
  });

  test('the pages that they write are there', () => {
    for (const name of ['monday.html', 'week.html']) expect(readFileSync(join(folder, name), 'utf8').startsWith('<!doctype html>'), name).toBe(true);
  });
});

test('every label of evidence and every section is described', () => {
  for (const kind of EVIDENCE) expect(page.includes(`\`${kind}\``), kind).toBe(true);
  const sections = readFileSync(join(repoRoot, 'reports/render/html/render-html.ts'), 'utf8').match(/sections\/([a-z-]+)\.ts/g) ?? [];
  for (const section of sections.filter((name) => !name.includes('summary'))) expect(page.includes(`\`#${section.slice(9, -3)}\``), section).toBe(true);
});
