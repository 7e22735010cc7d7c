import { markdownTable } from '../markdown-table.ts';
import type { SuiteForm } from './suite-case.ts';
import type { SuiteResult } from './judge-case.ts';

const FORMS: readonly SuiteForm[] = ['given', 'bound'];

/** The figures of a whole run: one column a form. */
export function summaryTable(results: readonly SuiteResult[]): string {
  const rows: [string, (result: SuiteResult) => boolean][] = [
    ['cases that ONNX Runtime loads', ({ placed }) => placed !== 'invalid'],
    ['accepted at least partly', taken],
    ['accepted whole', ({ placed }) => placed === 'whole'],
    ['whole and right', (r) => r.placed === 'whole' && r.computes === 'right'],
    ['whole and coarser than fp16 explains', (r) => r.placed === 'whole' && r.computes === 'coarse'],
    ['whole and wrong (more than 2 % of the range)', (r) => r.placed === 'whole' && r.computes === 'wrong'],
    ['whole, values beyond fp16', (r) => r.placed === 'whole' && r.computes === 'overflow'],
    ['partly and wrong', (r) => r.placed === 'partly' && r.computes === 'wrong'],
    ['accepted, then no graph came out', ({ placed, computes }) => placed === 'failed' || computes === 'failed'],
    ['kill the process', ({ placed, computes }) => placed === 'crashed' || computes === 'crashed'],
  ];
  return markdownTable(['', ...FORMS], rows.map(([title, holds]) => [title, ...FORMS.map((form) => String(results.filter((r) => r.form === form && holds(r)).length))]));
}

/** One row an operator that HTP takes in some case. */
export function operatorTable(results: readonly SuiteResult[]): string {
  const operators = [...new Set(results.filter(taken).map(({ operator }) => operator))].sort();
  const count = (of: readonly SuiteResult[], holds: (r: SuiteResult) => boolean): string => String(of.filter(holds).length || '');
  return markdownTable(['operator', 'cases', 'whole', 'partly', 'right', 'coarse', 'wrong', 'overflow', 'failed', 'crashed'], operators.map((operator) => {
    const own = results.filter((r) => r.operator === operator && r.placed !== 'invalid');
    const computes = (word: SuiteResult['computes']) => count(own, (r) => r.computes === word);
    return [
      operator, String(own.length), count(own, ({ placed }) => placed === 'whole'), count(own, ({ placed }) => placed === 'partly'), computes('right'), computes('coarse'), computes('wrong'), computes('overflow'),
      count(own, (r) => r.placed === 'failed' || r.computes === 'failed'), count(own, (r) => r.placed === 'crashed' || r.computes === 'crashed'),
    ];
  }));
}

/** Every case that is not right, with how far off it is and the rules that say so beforehand. */
export function offenders(results: readonly SuiteResult[], rulesOf: (result: SuiteResult) => readonly string[]): string {
  const off = results.filter((r) => r.placed === 'failed' || r.placed === 'crashed' || (r.computes !== null && r.computes !== 'right'));
  return markdownTable(['operator', 'case', 'form', 'placed', 'computes', 'dB', 'rules'], off
    .sort((a, b) => (a.operator < b.operator ? -1 : a.operator > b.operator ? 1 : a.name < b.name ? -1 : 1))
    .map((result) => [result.operator, result.name, result.form, result.placed, result.computes ?? '', result.db === null ? '' : result.db.toFixed(1), rulesOf(result).join(', ')]));
}

/** Operators of which HTP takes no case whole or in part, with the number of cases. */
export function refusedOperators(results: readonly SuiteResult[]): string {
  const loaded = results.filter(({ placed }) => placed !== 'invalid');
  const known = new Set(loaded.filter((r) => r.placed !== 'cpu').map(({ operator }) => operator));
  return [...new Set(loaded.map(({ operator }) => operator))].filter((operator) => !known.has(operator)).sort().join(', ');
}

function taken({ placed }: SuiteResult): boolean {
  return placed === 'whole' || placed === 'partly';
}
