/**
 * Bytes that the compiled graph of a network moves per inference, by the form that the network is given: `dyno tune --candidate` for the forms of
 * one precision, and one search for the last row. Models of `examples/htp-traffic`, and ABPN networks of `models/zoo`.
 *
 *     npx tsx test/bench/htp-traffic.ts [--dyno dist/bin/dyno.js] [--write]
 *
 * `--write` puts the tables into examples/htp-traffic/README.md. Figures are the compiler's and deterministic.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spawnSync } from 'node:child_process';
import type { Row } from '../../converters/tune/index.ts';
import { repoRoot } from '../support/paths.ts';
import { markdownTable } from './markdown-table.ts';

const { values: options } = parseArgs({
  options: {
    dyno: { type: 'string', default: join(repoRoot, 'cli/bin.ts') },
    write: { type: 'boolean', default: false },
  },
});

interface Form {
  readonly label: string;
  readonly precision: 'fp16' | 'w8a8';
  /** Null: searched. */
  readonly candidate: string | null;
  /** Heights of strips that the search tries; on chips with little VTCM only. */
  readonly strips?: string;
}

const SMALL_VTCM = new Set(['SM7450']);

const DECODER_FORMS: readonly Form[] = [
  { label: 'float export, fp16', precision: 'fp16', candidate: 'as-is,float' },
  { label: 'the same, DCR', precision: 'fp16', candidate: 'recipe,+permute/crd-to-dcr,float' },
  { label: 'W8A8, shuffle in float', precision: 'w8a8', candidate: 'as-is,layers' },
  { label: 'W8A8, shuffle inside, uint8 NCHW', precision: 'w8a8', candidate: 'recipe,everywhere,uint8' },
  { label: 'W8A8, shuffle inside, uint8 NHWC', precision: 'w8a8', candidate: 'recipe,everywhere,uint8,nhwc' },
  { label: '**tuned**, W8A8, faces allowed', precision: 'w8a8', candidate: null },
  { label: '**tuned**, strips allowed', precision: 'w8a8', candidate: null, strips: '270,180,136,108,90,72,60' },
];

const RESIDUAL_FORMS: readonly Form[] = [
  { label: 'fp16, anchor', precision: 'fp16', candidate: 'recipe,-fold/carry-residual,float' },
  { label: 'fp16, carried', precision: 'fp16', candidate: 'recipe,float' },
  { label: 'W8A8 uint8 NHWC, anchor', precision: 'w8a8', candidate: 'recipe,everywhere,uint8,nhwc' },
  { label: 'W8A8 uint8 NHWC, carried', precision: 'w8a8', candidate: 'recipe,+fold/carry-residual,everywhere,uint8,nhwc' },
  { label: '**tuned**, W8A8, faces allowed', precision: 'w8a8', candidate: null },
];

interface Network {
  readonly title: string;
  /** Name in the example's config, or a file. */
  readonly model: string;
  readonly shape: string;
  readonly forms: readonly Form[];
  readonly chips: readonly string[];
}

const EXAMPLE = join(repoRoot, 'examples/htp-traffic');
const folder = mkdtempSync(join(tmpdir(), 'dyno-htp-traffic-'));
const NETWORKS: readonly Network[] = [
  { title: 'quicksrnet-small-x2, 540×960 → 1080×1920', model: 'quicksrnet-small-x2', shape: '1x3x540x960', forms: DECODER_FORMS, chips: ['SM8550', 'SM8650', 'SM8750', 'SM8850', 'SM8350', 'SM7450'] },
  { title: 'ultramini-x2, 540×960 → 1080×1920', model: 'ultramini-x2', shape: '1x3x540x960', forms: DECODER_FORMS, chips: ['SM8550', 'SM8750', 'SM8350', 'SM7450'] },
  ...['abpn-28', 'abpn-32'].map((name): Network => ({ title: `${name} ×2, 512×512`, model: join(folder, `${name}.onnx`), shape: '1x3x512x512', forms: RESIDUAL_FORMS, chips: ['SM8550', 'SM8350'] })),
];

try {
  for (const name of ['abpn-28', 'abpn-32']) dyno(['zoo', 'make', name, '--scale', '2', '--dynamic', '-o', join(folder, `${name}.onnx`)]);
  const tables = NETWORKS.map((network) => {
    const columns = network.chips.map((chip) => columnOf(network, chip));
    const rows = network.forms.map(({ label }, i) => [label, ...columns.map((column) => column[i] ?? '')]);
    return `### ${network.title}\n\n${markdownTable(['form', ...network.chips], rows)}`;
  });
  const text = tables.join('\n\n');
  if (options.write) writeTables(text);
  else process.stdout.write(`${text}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Cells of one chip, from the top. */
function columnOf({ model, shape, forms }: Network, chip: string): string[] {
  const common = ['tune', model, '--config', join(EXAMPLE, 'dyno.config.json'), '--target', `htp:${chip}`, '--static', `input=${shape}`, '--no-verify', '--json'];
  const rowsOf = (precision: string, candidates: readonly string[], more: readonly string[] = []): Tuned => {
    const json = dyno([...common, ...more, '--precision', precision, ...(candidates.length > 0 ? ['--candidate', ...candidates] : [])]);
    return json === null ? { winner: '', rows: [] } : ((JSON.parse(json) as { tuned: [Tuned] }).tuned[0]);
  };
  const named = new Map((['fp16', 'w8a8'] as const).map((precision) => [precision, rowsOf(precision, forms.flatMap((form) => (form.precision === precision && form.candidate ? [form.candidate] : [])))]));
  return forms.map(({ precision, candidate, strips }) => {
    if (candidate !== null) return cellOf(named.get(precision) as Tuned, candidate);
    if (strips && !SMALL_VTCM.has(chip)) return '';
    const searched = rowsOf(precision, [], strips ? ['--rows', strips] : []);
    return cellOf(searched, searched.winner);
  });
}

interface Tuned {
  readonly winner: string;
  readonly rows: readonly Row[];
}

function cellOf({ rows, winner }: Tuned, name: string): string {
  const figures = rows.find((row) => row.name === name)?.figures;
  if (!figures) return 'no graph';
  const spills = figures.spillFillBytes > 0 ? `, ${(figures.spillFillBytes / 1e6).toFixed(1)} spilled` : '';
  const chosen = name === winner && rows.length > 4 ? ` (${name.replace('recipe,', '').replace('everywhere,', '')})` : '';
  return `${(figures.trafficBytes / 1e6).toFixed(2)} MB, ${(figures.trafficBytes / figures.limit.uint8Face).toFixed(2)}×${spills}${chosen}`;
}

/** What it prints, null where it could not run. */
function dyno(args: readonly string[]): string | null {
  process.stderr.write(`dyno ${args.join(' ')}\n`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, options.dyno, ...args], { cwd: repoRoot, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status === 0) return stdout;
  process.stderr.write(stderr.split('\n').filter((line) => line.startsWith('error')).join('\n').concat('\n'));
  return null;
}

function writeTables(text: string): void {
  const path = join(EXAMPLE, 'README.md');
  const [before, , after] = readFileSync(path, 'utf8').split(/<!-- (?:begin|end) tables -->/) as [string, string, string];
  writeFileSync(path, `${before}<!-- begin tables -->\n\n${text}\n\n<!-- end tables -->${after}`);
}
