import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMPLETION_SCRIPTS, SHELLS } from '../../cli/text/completion-scripts.ts';
import { completeWords } from '../../cli/work/complete-words.ts';
import { moduleCommand } from '../../models/run/fork-worker.ts';

const program = new Command('dyno');
program.command('check').option('-t, --target <list>').option('--json').argument('[models...]');
program.command('bench').option('--on <list>').addOption(new Option('--perf <p>').choices(['burst', 'balanced'])).option('--resume [dir]');
program.command('quality').option('-m, --metric <list>').option('--baseline <list>').option('--degrade <steps>');
program.command('secret', { hidden: true });
program.command('encodings').command('convert').option('--to <v>');

describe('words', () => {
  test.each([
    [[''], ['check', 'bench', 'quality', 'encodings']],
    [['ch'], ['check']],
    [['check', '--'], ['--target', '--json']],
    [['check', '--target', 'htp:SM855'], ['htp:SM8550']],
    [['check', '-t', 'ane:A15,host,ane:A1'], ['ane:A12', 'ane:A13', 'ane:A14', 'ane:A16', 'ane:A17', 'ane:A18', 'ane:A19'].map((one) => `ane:A15,host,${one}`)],
    [['bench', '--perf', 'b'], ['burst', 'balanced']],
    [['bench', '--perf', 'burst', '--o'], ['--on']],
    [['bench', '--on', 'virtual:SM865'], ['virtual:SM8650']],
    [['encodings', ''], ['convert']],
    [['encodings', 'convert', '--t'], ['--to']],
    [['encodings', 'convert', '--to', ''], []],
    [['bench', '--resume', ''], []],
    [['check', 'model.on'], []],
    [[], ['check', 'bench', 'quality', 'encodings']],
    [['quality', '--metric', 'psnr:y,sq'], ['psnr:y,sqnr']],
    [['quality', '--baseline', 'nearest,b'], ['nearest,bilinear', 'nearest,bicubic']],
    [['quality', '--degrade', 'gaussian:1.2,j'], ['gaussian:1.2,jpeg:75']],
  ])('%j', (words, expected) => expect(completeWords(program, words)).toEqual(expected));
});

describe('shells', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-completion-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(() => {
    writeFileSync(join(folder, 'dyno'), `#!/bin/sh\nexec ${moduleCommand('cli/bin').map((word) => `'${word}'`).join(' ')} "$@"\n`);
    chmodSync(join(folder, 'dyno'), 0o755);
    for (const shell of SHELLS) writeFileSync(join(folder, `completion.${shell}`), COMPLETION_SCRIPTS[shell]);
  });
  const environment = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${folder}:${process.env['PATH']}`, HOME: folder });
  const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;
  const ask = (shell: string, script: string): string[] => execFileSync(shell, ['-c', script], { env: environment(), encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] }).trim().split('\n');
  const bash = (line: string): string[] => ask('bash', `. ./completion.bash; compopt() { :; }; COMP_LINE='${line}' COMP_POINT=${line.length} _dyno; printf '%s\\n' "\${COMPREPLY[@]}"`);

  test.runIf(has('bash'))('bash: a word with a colon is completed from the colon on, because bash takes it apart there', () => {
    expect(bash('dyno chec')).toEqual(['check']);
    expect(bash('dyno check m.onnx --target htp:SM855')).toEqual(['SM8550']);
    expect(bash('dyno check m.onnx --target ane:A15,htp:SM855')).toEqual(['SM8550']);
    expect(bash('dyno bench --link ')).toEqual(['appium', 'adb']);
    expect(bash('dyno check mod')).toEqual(['']);
  });

  test.runIf(has('zsh'))('zsh', () => {
    const zsh = (words: string): string[] => ask('zsh', `autoload -Uz compinit; compinit -D; . ./completion.zsh; compadd() { shift; print -l -- "$@" }; _files() { print files }; words=(${words}); CURRENT=\${#words}; _dyno`);
    expect(zsh('dyno chec')).toEqual(['check']);
    expect(zsh('dyno check --target htp:SM855')).toEqual(['htp:SM8550']);
    expect(zsh('dyno check mod')).toEqual(['files']);
  });

  test.runIf(has('fish'))('fish', () => {
    const fish = (line: string): string[] => ask('fish', `source ./completion.fish; complete -C '${line}'`);
    expect(fish('dyno chec')).toEqual(['check']);
    expect(fish('dyno check --target htp:SM855')).toEqual(['htp:SM8550']);
  });
});
