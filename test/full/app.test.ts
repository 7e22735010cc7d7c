import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Tensor } from '../../models/onnx/index.ts';
import { displayWidth } from '../../reports/render/terminal/width.ts';
import { buildModel, toBytes } from '../support/build-model.ts';
import { fixture } from '../support/paths.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { hasTmux, Terminal } from '../support/terminal.ts';

const folder = temporaryFolder();
let terminal: Terminal;
afterEach(() => terminal?.close());

async function open(columns: number, rows: number, environment = '', args = ''): Promise<void> {
  terminal = new Terminal(columns, rows, folder(), folder('raw'));
  await terminal.ready(environment);
  terminal.dyno(args);
}

/** Two convolutions with six axes between them: something to find, something to rewrite, nothing to wait for. */
function putModel(name: string): void {
  const weight = Tensor.of('float32', [3, 3, 1, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const axes = (values: number[]): Tensor => Tensor.of('int64', [values.length], values);
  const model = buildModel({
    inputs: { x: ['float32', [1, 3, 8, 8]] }, outputs: { y: ['float32', [1, 12, 4, 4]] }, initializers: { w: weight, six: axes([1, 3, 4, 2, 4, 2]), four: axes([1, 12, 4, 4]) },
    nodes: [['Conv', ['x', 'w'], ['c'], {}, { name: 'conv' }], ['Reshape', ['c', 'six'], ['a'], {}, { name: 'apart' }], ['Transpose', ['a'], ['b'], { perm: [0, 1, 3, 5, 2, 4] }, { name: 'turn' }], ['Reshape', ['b', 'four'], ['y'], {}, { name: 'together' }]],
  });
  writeFileSync(folder(name), toBytes(model));
}

/** A config that makes runs short. */
function putConfig(): void {
  writeFileSync(folder('dyno.config.json'), JSON.stringify({ targets: ['ane:A15'], convert: { coreml: false }, bench: { rounds: [1, 1], wait: 0, units: ['cpu:1'] } }));
}

function isRestored(): void {
  expect(terminal.raw.split('\x1b[?1049h').length).toBe(terminal.raw.split('\x1b[?1049l').length);
  expect(terminal.raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(terminal.raw.lastIndexOf('\x1b[?25l'));
  expect(terminal.raw).not.toContain('\x1b[3J');
  for (const line of ['older line 1\n', 'older line 40\n']) expect(terminal.everything).toContain(line);
}

/** What the terminal does with keys: a shell reads whole lines and shows them. */
async function isCooked(): Promise<void> {
  terminal.line("stty -a | tr ' ;' '\\n\\n' | grep -cx -e icanon -e echo");
  await terminal.until(/^2$/m);
}

describe.skipIf(!hasTmux)('dyno without arguments, in a terminal', () => {
  test('from a model to a run and its report, with a resize in the middle; a past run, the command and the config at the end', async () => {
    putModel('six.onnx');
    putConfig();
    await open(80, 24);
    await terminal.until(/▸ \[ \] six\.onnx/);
    terminal.keys('Space');
    await terminal.until(/▸ \[x\] six\.onnx/);
    terminal.keys('Enter');
    await terminal.until(/What shall they run on\?[\s\S]*▸ \[x\] ane:A15/);
    terminal.keys('Enter');
    await terminal.until(/What measures[\s\S]*▸ \[x\] host/);
    terminal.keys('Enter');
    await terminal.until(/six\.onnx → ane:A15 +predicted[\s\S]*\[\+\] ✗ Tensor of rank 6/);
    terminal.keys('Down', 'Right', 'Down');
    await terminal.until(/▸ +apart +Reshape/);
    terminal.keys('Enter');
    await terminal.until(/ane\/rank-over-5, predicted[\s\S]*source:/);
    terminal.resize(200, 60);
    await terminal.until((screen) => /ane\/rank-over-5/.test(screen) && screen.split('\n').some((line) => line.length === 200));
    terminal.keys('Escape');
    await terminal.until(/▸ +apart/);
    terminal.keys('n');
    await terminal.until(/▸ \[x\] rank\/chain[\s\S]*− +\d+ +Reshape/);
    terminal.keys('Space');
    await terminal.until(/Left out by you[\s\S]*\[ \] rank\/chain/);
    terminal.keys('/');
    terminal.line('rank chain');
    await terminal.until(/▸ \[ \] rank\/chain/);
    terminal.keys('Space');
    await terminal.until(/\[x\] rank\/chain/);
    terminal.resize(80, 24);
    await terminal.until((screen) => screen.split('\n').every((line) => displayWidth(line) <= 80) && /▸5 Rewrites/.test(screen));
    terminal.keys('n');
    await terminal.until(/▸ Start the run[\s\S]*\$ dyno run six\.onnx/);
    terminal.keys('Enter');
    await terminal.until(/What the run found[\s\S]*report\.html and more in \.dyno\/runs/);
    terminal.keys('r');
    await terminal.until(/Past runs[\s\S]*▸ \[ \] \d{4}-\d\d-\d\d .* six +exit 0/);
    terminal.keys('Enter');
    await terminal.until(/A past run[\s\S]*Latency on host cpu:1/);
    terminal.keys('Escape');
    await terminal.until(/Past runs/);
    terminal.keys('q');
    await terminal.until(/dyno\.config\.json is there already/);
    terminal.keys('Enter');
    await terminal.until(/rc=\d/);
    expect(terminal.screen).toMatch(/dyno run\nrc=0/);
    isRestored();
    await isCooked();
    const [run] = readdirSync(folder('.dyno/runs'));
    expect(existsSync(folder('.dyno/runs', run as string, 'report.html'))).toBe(true);
    expect(JSON.parse(readFileSync(folder('dyno.config.json'), 'utf8'))).toMatchObject({ models: { six: 'six.onnx' }, targets: ['ane:A15'], bench: { rounds: [1, 1], wait: 0, units: ['cpu:1'], on: ['host'] } });
  });

  test('what cannot be run is told, and the app goes on', async () => {
    copyFileSync(fixture('exports/sesr_m3_op17.onnx'), folder('broken.onnx'));
    writeFileSync(folder('broken.onnx'), readFileSync(folder('broken.onnx')).subarray(0, 2000));
    putConfig();
    await open(80, 24);
    await terminal.until(/▸ \[ \] broken\.onnx/);
    terminal.keys('Space', 'Enter', 'Enter', 'Enter');
    await terminal.until(/broken\.onnx → ane:A15[\s\S]*✗ .*broken\.onnx/);
    terminal.keys('n', 'n');
    await terminal.until(/▸ Start the run/);
    terminal.keys('Enter');
    await terminal.until(/What the run found[\s\S]*✗ .*broken\.onnx/);
    terminal.keys('Escape');
    await terminal.until(/▸ Start the run/);
    terminal.keys('C-c');
    await terminal.until(/rc=130/);
    isRestored();
  });

  test.each([['C-c', 'rc=130'], ['q', 'rc=0']])('%s gives the terminal back in the middle of a list: %s', async (key, ending) => {
    await open(80, 24);
    await terminal.until(/Which models\?/);
    terminal.keys(key);
    await terminal.until(new RegExp(`^${ending}`, 'm'));
    isRestored();
    await isCooked();
  });

  test('SIGTERM ends it with 143 and gives the terminal back', async () => {
    await open(80, 24);
    await terminal.until(/Which models\?/);
    const own = spawnSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).stdout.split('\n').filter((line) => line.includes(join('cli', 'bin.ts')));
    const pids = own.map((line) => Number.parseInt(line, 10)).filter((pid) => spawnSync('readlink', [`/proc/${pid}/cwd`], { encoding: 'utf8' }).stdout.trim() === folder());
    expect(pids).toHaveLength(1);
    process.kill(pids[0] as number, 'SIGTERM');
    await terminal.until(/^rc=143/m);
    isRestored();
    await isCooked();
  });

  test('Ctrl-Z leaves a usable shell, fg comes back to the same list', async () => {
    putModel('six.onnx');
    await open(80, 24);
    await terminal.until(/▸ \[ \] six\.onnx/);
    terminal.keys('Space');
    await terminal.until(/▸ \[x\] six\.onnx/);
    terminal.keys('C-z');
    await terminal.until(/Stopped/);
    await isCooked();
    terminal.line('fg');
    await terminal.until(/▸ \[x\] six\.onnx/);
    terminal.keys('Space');
    await terminal.until(/▸ \[ \] six\.onnx/);
    terminal.keys('q');
    await terminal.until((screen) => !screen.includes('Which models?'));
    isRestored();
    await isCooked();
  });

  test('NO_COLOR: nothing is coloured, bold or dim, and everything is still told apart', async () => {
    putModel('six.onnx');
    await open(80, 24, 'NO_COLOR=1');
    await terminal.until(/▸ \[ \] six\.onnx/);
    terminal.keys('Space', 'Enter', '?');
    await terminal.until(/move by a page/);
    terminal.keys('C-c');
    await terminal.until(/rc=130/);
    const frames = terminal.raw.slice(terminal.raw.indexOf('\x1b[?1049h'), terminal.raw.lastIndexOf('\x1b[?1049l'));
    expect([...frames.matchAll(/\x1b\[([\d;]*)m/g)].map(([, code]) => code).filter((code) => code !== '0' && code !== '')).toEqual([]);
  });

  test.each([[40, 12], [200, 60], [40, 10]])('at %i × %i it is usable, and no line is wider', async (columns, rows) => {
    putModel('six.onnx');
    await open(columns, rows);
    await terminal.until(/▸ \[ \] six\.onnx/);
    terminal.keys('Space', 'Enter');
    await terminal.until(/▸ \[x\] ane:A15/);
    terminal.keys('Enter');
    await terminal.until(/▸ \[x\] host/);
    terminal.keys('Enter');
    await terminal.until(/rank 6/);
    terminal.keys('n');
    await terminal.until(/\[x\] rank\/chain/);
    expect(terminal.screen.split('\n').filter((line) => displayWidth(line) > columns)).toEqual([]);
    terminal.keys('C-c');
    await terminal.until(/rc=130/);
    isRestored();
  });

  test('a screen reader gets lines at a terminal too, and the alternate screen is never opened', async () => {
    putModel('six.onnx');
    await open(80, 40, 'INK_SCREEN_READER=true');
    await terminal.until(/1\. six\.onnx/);
    terminal.line('1');
    await terminal.until(/chosen: six\.onnx/);
    terminal.line('q');
    await terminal.until(/2\. Finish without saving/);
    terminal.line('2');
    await terminal.until(/dyno run six\.onnx\nrc=0/);
    expect(terminal.raw).not.toContain('\x1b[?1049h');
  });
});
