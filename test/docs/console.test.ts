import { describe, expect, test } from 'vitest';
import { commandsOf, fences, isShown, words } from './console.ts';

describe('what a page shows against what was printed', () => {
  const printed = ['one', 'two, 3 of 4', 'largest error 1.4e-6', 'three (678 ms)', 'four'];

  test.each([
    ['the same lines', printed],
    ['lines left out', ['one', '…', 'four']],
    ['the end left out', ['one', '…']],
    ['nothing left out by …', ['one', '…', 'two, 3 of 4', '…', 'largest error 1.4e-6', 'three (678 ms)', 'four', '…']],
    ['other rounding errors and times', ['one', 'two, 3 of 4', 'largest error 2e-7', 'three (<time>)', 'four']],
  ])('holds: %s', (_, shown) => expect(isShown(shown, printed)).toBe(true));

  test.each([
    ['another figure', ['one', 'two, 4 of 4', '…']],
    ['a line too few', ['one', 'two, 3 of 4', 'largest error 1.4e-6', 'three (678 ms)']],
    ['a line too many', [...printed, 'five']],
    ['another order', ['…', 'four', '…', 'one', '…']],
    ['a line that is nowhere', ['…', 'largest error of all', '…']],
    ['an error that is none', ['…', 'largest error 0', '…']],
  ])('does not hold: %s', (_, shown) => expect(isShown(shown, printed)).toBe(false));
});

test('commands and words are read as a shell does', () => {
  const page = 'a\n```console\n$ dyno check "a b.onnx" -t ane:"iPhone 13 Pro"\nout\n\nmore\n$ echo $?\n1\n```\n```text\n$ dyno no\n```\n';
  const commands = commandsOf(fences(page, 'console'));
  expect(commands).toEqual([
    { command: 'dyno check "a b.onnx" -t ane:"iPhone 13 Pro"', output: ['out', '', 'more'] },
    { command: 'echo $?', output: ['1'] },
  ]);
  expect(words(commands[0]?.command as string)).toEqual(['dyno', 'check', 'a b.onnx', '-t', 'ane:iPhone 13 Pro']);
});
