import { readFileSync } from 'node:fs';
import type { Report } from '../../../reports/model/index.ts';
import { fixture } from '../../support/paths.ts';

export const sample = JSON.parse(readFileSync(fixture('report/sample.json'), 'utf8')) as Report;

export const HOSTILE = [
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  '<!--',
  ']]>',
  '&lt;b&gt;',
  '\u001b[31mred\u001b[0m\u0007\u0000',
  '\u2028line\u2029separators',
  '👩‍👩‍👧‍👦 日本語 ümlaut',
  'a|b`c`*d*[e](javascript:alert(1))',
  '@everyone #1 ![x](http://evil/x.png)',
  '=HYPERLINK("http://evil")',
  '::error::x%0A::set-output name=a::b',
  'line\nbreak\r\nand\ttab',
  'x'.repeat(3000),
  '\ud800 lone surrogate',
  'https://evil.example/?q=<x>"y',
];

/** The sample with every text that a model, a file or a user can choose replaced by something hostile. */
export function hostileReport(): Report {
  let next = 0;
  const fixed = new Set([
    'evidence',
    'severity',
    'status',
    'level',
    'confidence',
    'outcome',
    'exactness',
    'face',
    'direction',
    'reason in crops',
    'sha256',
    'startedAt',
    'finishedAt',
    'place',
    'by',
  ]);
  const spoil = (value: unknown, key: string): unknown => {
    if (typeof value === 'string')
      return fixed.has(key) || (key === 'reason' && ['worst', 'median', 'detail'].includes(value))
        ? value
        : `${HOSTILE[next++ % HOSTILE.length]}${next % 7}`;
    if (Array.isArray(value)) return value.map((item) => spoil(item, key));
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, spoil(v, k)]));
    return value;
  };
  return spoil(drawn(), '') as Report;
}

/** The sample with the graph around its rewrites and the place of operations. */
function drawn(): Report {
  const nodes = ['Conv', 'Relu'].map((opType, i) => ({ id: `n${i}`, opType, name: opType, detail: 'group=2', changed: i > 0 }));
  const side = { nodes, edges: [{ from: 'n0', to: 'n1', label: 'float32 [1]' }, { from: null, to: 'n0', label: 'x: float32 [1]' }], omitted: 1 };
  const [first] = sample.checks;
  return {
    ...sample,
    checks: first ? [{ ...first, predicted: { by: 'macs', operations: nodes.map(({ name, opType }) => ({ name, opType, place: 'htp', work: 1 })) } }, ...sample.checks.slice(1)] : [],
    rewrites: sample.rewrites.map(({ variant, log }) => ({
      variant, log: { ...log, records: log.records.map((record) => (record.outcome === 'fired' ? { ...record, picture: { before: side, after: side } } : record)) },
    })),
  };
}

/** A report of a run that measured nothing. */
export const emptyReport: Report = {
  ...sample,
  reference: null,
  models: [],
  targets: [],
  variants: [],
  checks: [],
  rewrites: [],
  quantizations: [],
  measurements: [],
  latencies: [],
  changes: [],
  qualityChanges: [],
  quality: [],
  protocols: {},
  crops: [],
  gates: [],
  artifacts: [],
  warnings: [],
  verdict: { status: 'ok', sentence: 'No gates were set.', exitCode: 0 },
};
