import { describe, expect, test } from 'vitest';
import { parseReport, type Report } from '../../../reports/model/index.ts';
import { cleanText, stripSequences } from '../../../reports/render/clean-text.ts';
import {
  githubAnnotations,
  githubSummary,
  renderCsv,
  renderJson,
  renderJunit,
  renderMarkdown,
  renderSarif,
  renderTerminal,
} from '../../../reports/render/index.ts';
import { displayWidth, fit, wrap } from '../../../reports/render/terminal/width.ts';
import { bar, sparkline } from '../../../reports/render/terminal/bar.ts';
import { emptyReport, HOSTILE, hostileReport, sample } from './hostile.ts';
import { readXml, type Read } from './xml-reader.ts';

const hostile = hostileReport();
const ESCAPE = '\u001b';

/** The sample with its gates many times over. */
const many = (times: number): Report => ({
  ...sample,
  gates: Array.from({ length: times }, (_, i) => sample.gates.map((gate) => ({ ...gate, title: `${gate.title} #${i}` }))).flat(),
});

describe('JSON', () => {
  test('is the report', () => expect(parseReport(renderJson(sample), 'r')).toEqual(sample));
});

describe('terminal', () => {
  test.each([40, 60, 80, 120, 200])('%i columns: no line is wider, the verdict is last', (width) => {
    for (const report of [sample, hostile]) {
      for (const line of renderTerminal(report, { color: false, width }).split('\n')) {
        if (!line.includes('xxxxxxxx')) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
      }
    }
    expect(renderTerminal(sample, { color: false, width }).trimEnd().replace(/\n/g, ' ')).toMatch(/n = 6\)\.$/);
  });

  test('colour only where asked, and the same words', () => {
    const plain = renderTerminal(hostile, { color: false, width: 100 });
    const color = renderTerminal(sample, { color: true, width: 100 });
    expect(plain).not.toMatch(ESCAPE);
    expect(color).toMatch(ESCAPE);
    expect(stripSequences(color)).toBe(renderTerminal(sample, { color: false, width: 100 }));
  });

  test('says how each thing is known', () => {
    const text = renderTerminal(sample, { color: false, width: 100 });
    for (const word of ['measured(host)', 'predicted', 'verified(host)']) expect(text).toContain(word);
    expect(renderTerminal(emptyReport, { color: false, width: 80 })).toBe('✓ No gates were set.\n');
  });

  test('widths, bars, sparklines', () => {
    expect([
      displayWidth('abc'),
      displayWidth('日本'),
      displayWidth('e\u0301'),
      displayWidth('👩‍👩‍👧‍👦'),
      displayWidth('\u001b[31mx\u001b[39m'),
    ]).toEqual([3, 4, 1, 2, 1]);
    expect([fit('日本語', 5), fit('abc', 3), fit('abcd', 3), fit('a', 0)]).toEqual(['日本…', 'abc', 'ab…', '']);
    expect(wrap('aa bb cc', 5)).toEqual(['aa bb', 'cc']);
    expect([bar(0.5, 4), bar(0, 4), bar(2, 2), bar(1 / 16, 2)]).toEqual(['██', '', '██', '▏']);
    expect([sparkline([1, 2, 3]), sparkline([2, 2]), sparkline([])]).toEqual(['▁▅█', '▄▄', '']);
  });
});

describe('Markdown', () => {
  test('begins with the verdict and stays the same for the same report', () => {
    const text = renderMarkdown(sample);
    expect(text.split('\n')[0]).toMatch(/^✗ ultramini-x2 on the host: 1 of 9 gates failed/);
    expect(renderMarkdown(sample)).toBe(text);
    for (const variant of sample.variants) expect(text).toContain(`| ${variant.id} |`);
  });

  test('is at most 60 kB, and says so when cut', () => {
    const big = { ...many(500), checks: Array.from({ length: 400 }, () => sample.checks).flat(), quality: sample.quality };
    const text = renderMarkdown(big);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60_000);
    expect(text).toContain('more gates');
    expect(Buffer.byteLength(renderMarkdown(hostile))).toBeLessThanOrEqual(60_000);
    expect(
      renderMarkdown({
        ...sample,
        models: [],
        quality: Array.from({ length: 300 }, (_, i) => ({
          ...(sample.quality[0] as Report['quality'][number]),
          variant: `v${i}`.repeat(60),
        })),
      }),
    ).toContain('Cut here');
  });

  test('hostile names make no HTML, link, picture, mention, table cell or code', () => {
    const text = renderMarkdown(hostile).replace(/```+sh[\s\S]*?\n```+\n/g, '');
    const outside = text.replace(/<\/?(?:details|summary)>/g, '');
    expect(outside).not.toMatch(/<[a-z!/]/i);
    expect(outside).not.toMatch(/(?<!\\)\]\(/);
    expect(outside).not.toMatch(/@\w/);
    expect(outside).not.toMatch(/(?<!\\)`/);
    for (const table of text.split('\n\n').filter((part) => /^\|/.test(part))) {
      const cells = table.split('\n').filter((line) => line.startsWith('|')).map((line) => line.replace(/\\\|/g, '').split('|').length);
      expect(new Set(cells).size).toBe(1);
    }
    expect(text).not.toMatch(ESCAPE);
  });
});

describe('JUnit', () => {
  const cases = (root: Read): Read[] => root.children.flatMap((suite) => suite.children);

  test.each([
    ['sample', sample],
    ['hostile', hostile],
    ['many', many(30)],
    ['empty', emptyReport],
  ] as const)('%s is well-formed and counts right', (_, report) => {
    const root = readXml(renderJunit(report));
    expect(root.name).toBe('testsuites');
    expect(cases(root)).toHaveLength(report.gates.length);
    const count = (name: string): number => cases(root).filter((c) => c.children.some((child) => child.name === name)).length;
    expect(
      [root.attributes['tests'], root.attributes['failures'], root.attributes['errors'], root.attributes['skipped']].map(Number),
    ).toEqual([report.gates.length, count('failure'), count('error'), count('skipped')]);
    for (const c of cases(root)) {
      expect(c.name).toBe('testcase');
      expect(c.children.filter((child) => ['failure', 'error', 'skipped'].includes(child.name)).length).toBeLessThanOrEqual(1);
    }
    const names = cases(root).map((c) => `${c.attributes['classname']} ${c.attributes['name']}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test('every status has its element', () => {
    const gate = sample.gates[0] as Report['gates'][number];
    const of = (status: typeof gate.status, level: 'error' | 'warn' = 'error') =>
      cases(readXml(renderJunit({ ...sample, gates: [{ ...gate, status, level }] })))[0]?.children.map((c) => c.name);
    expect(of('ok')).toEqual(['system-out']);
    expect(of('failed')).toEqual(['failure', 'system-out']);
    expect(of('missing')).toEqual(['error', 'system-out']);
    expect(of('missing', 'warn')).toEqual(['skipped', 'system-out']);
    expect(of('inconclusive')).toEqual(['skipped', 'system-out']);
    expect(of('warn', 'warn')).toEqual(['skipped', 'system-out']);
  });
});

describe('SARIF 2.1.0', () => {
  interface Sarif {
    version: string;
    runs: {
      tool: {
        driver: {
          name: string;
          rules: {
            id: string;
            shortDescription: { text: string };
            help: { text: string };
            helpUri?: string;
            defaultConfiguration: { level: string };
          }[];
        };
      };
      results: {
        ruleId: string;
        ruleIndex: number;
        level: string;
        message: { text: string };
        partialFingerprints: Record<string, string>;
        locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
      }[];
    }[];
  }
  const read = (report: Report) => (JSON.parse(renderSarif(report)) as Sarif).runs[0] as Sarif['runs'][number];
  const findings = sample.checks.flatMap((c) => c.causes.flatMap((cause) => cause.findings));

  test.each([['sample', sample], ['hostile', hostile], ['empty', emptyReport]] as const)('%s has what the schema requires', (_, report) => {
    const run = read(report);
    expect(run.tool.driver.name).toBe('npu-dyno');
    for (const rule of run.tool.driver.rules) {
      expect(rule.shortDescription.text.length * rule.help.text.length).toBeGreaterThan(0);
      expect(['error', 'warning', 'note']).toContain(rule.defaultConfiguration.level);
      if (rule.helpUri !== undefined) expect(() => new URL(rule.helpUri as string)).not.toThrow();
    }
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(['error', 'warning', 'note']).toContain(result.level);
      expect(result.message.text).not.toMatch(ESCAPE);
      expect(result.locations[0]?.physicalLocation.region.startLine).toBe(1);
      expect(() => new URL(result.locations[0]?.physicalLocation.artifactLocation.uri ?? '', 'file:///root/')).not.toThrow();
      expect(result.partialFingerprints['npuDynoFinding/v1']).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(new Set(run.tool.driver.rules.map((rule) => rule.id)).size).toBe(run.tool.driver.rules.length);
  });

  test('one result a finding, with a fingerprint that depends on rule, node, target and model only', () => {
    const results = read(sample).results;
    expect(results).toHaveLength(findings.length);
    expect(new Set(results.map((r) => r.partialFingerprints['npuDynoFinding/v1'])).size).toBe(
      new Set(findings.map((f) => [f.rule, f.node, f.target].join())).size,
    );
    const reworded = {
      ...sample,
      checks: sample.checks.map((c) => ({
        ...c,
        causes: c.causes.map((cause) => ({ ...cause, findings: cause.findings.map((f) => ({ ...f, reason: 'other', shape: null })) })),
      })),
    };
    expect(read(reworded).results.map((r) => r.partialFingerprints)).toEqual(results.map((r) => r.partialFingerprints));
  });
});

describe('CSV', () => {
  const parse = (text: string): string[][] =>
    text
      .trimEnd()
      .split('\r\n')
      .map((line) =>
        [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
          .map((m) => (m[1] as string).replace(/^"|"$/g, '').replaceAll('""', '"'))
          .slice(0, 12),
      );

  test('every raw sample once, in columns', () => {
    const [head, ...rows] = parse(renderCsv(sample)) as [string[], ...string[][]];
    const samples = rows.filter((row) => row[0] === 'sample');
    expect(samples).toHaveLength(sample.measurements.flatMap((m) => m.blocks.flatMap((b) => b.samples)).length);
    expect(Number(samples[0]?.[head.indexOf('value')])).toBe(sample.measurements[0]?.blocks[0]?.samples[0]);
    expect(rows.every((row) => row.length === head.length)).toBe(true);
  });

  test('no text can break a line or run as a formula', () => {
    const rows = parse(renderCsv(hostile));
    expect(rows.length).toBe(parse(renderCsv(sample)).length);
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=+@]/);
  });
});

describe('GitHub', () => {
  test('annotations: worst first, eight at most, the rest counted', () => {
    expect(githubAnnotations(sample).split('\n')[0]).toBe(
      '::error file=models/zoo/weights/ultramini-x2-dynamic.onnx,title=latency of htp-w8a8 on cpu%3Aall ≤ 14.0 ms%3A failed::14.3 ms (14.2 ms to 14.4 ms, n = 6)',
    );
    const lines = githubAnnotations(many(10)).trimEnd().split('\n');
    expect(lines).toHaveLength(8);
    expect(lines[7]).toBe('::notice title=npu-dyno::23 more gates in the summary of this step.');
    expect(githubAnnotations(emptyReport)).toBe('');
  });

  test('no name can start a command of its own', () => {
    for (const line of githubAnnotations(hostile).trimEnd().split('\n')) {
      expect(line).toMatch(/^::(error|warning|notice) [^:]*::/);
      expect(line).not.toMatch(ESCAPE);
    }
    expect(
      githubAnnotations({
        ...sample,
        gates: [{ ...(sample.gates[0] as Report['gates'][number]), status: 'failed', title: '50 %, a:b', message: '100%\n::error::x' }],
      }),
    ).toMatch(/title=50 %25%2C a%3Ab%3A failed::100%25 ::error::x\n$/);
  });

  test('the summary stays below a mebibyte', () => {
    expect(Buffer.byteLength(githubSummary(many(3000)))).toBeLessThan(1024 * 1024);
    expect(githubSummary(sample)).toContain('1 of 9 gates failed');
  });
});

test('clean text keeps what people write', () => {
  expect(cleanText('日本語 é 👍\n\u001b]0;title\u0007x\u001b[1;31my\u0000')).toBe('日本語 é 👍\nxy\ufffd');
  expect(HOSTILE.map(cleanText).join('')).not.toMatch(ESCAPE);
});
