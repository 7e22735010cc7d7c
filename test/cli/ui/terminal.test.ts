import { expect, test } from 'vitest';
import { Terminal } from '../../../cli/ui/terminal.ts';
import { Prng } from '../../../models/run/prng.ts';
import { ScreenEmulator } from '../../support/screen-emulator.ts';

const OLDER = Array.from({ length: 30 }, (_, i) => `older line ${i + 1}`);

/** A terminal in use: there is something in its scrollback already. */
function used(columns: number, rows: number): { screen: ScreenEmulator; terminal: Terminal } {
  const screen = new ScreenEmulator(columns, rows);
  screen.write(OLDER.map((line) => `${line}\r\n`).join(''));
  return { screen, terminal: new Terminal(screen) };
}

test('a frame is drawn below what stands there, changes in place, and is gone at the end', () => {
  const { screen, terminal } = used(20, 8);
  terminal.paint(['one', 'two', 'three']);
  expect(screen.lines()).toEqual([...OLDER, 'one', 'two', 'three']);
  terminal.paint(['one', 'TWO']);
  expect(screen.lines()).toEqual([...OLDER, 'one', 'TWO']);
  expect(screen.cursorShown).toBe(false);
  terminal.close();
  expect(screen.lines()).toEqual(OLDER);
  expect(screen.cursorShown).toBe(true);
});

test('once closed nothing is drawn any more, whoever still tries', () => {
  const { screen, terminal } = used(20, 8);
  terminal.setFull(true);
  terminal.paint(['frame']);
  terminal.close();
  terminal.setFull(true);
  terminal.paint(['late frame']);
  terminal.settle(['late line']);
  terminal.resized();
  terminal.close();
  expect(screen.lines()).toEqual(OLDER);
  expect([screen.isSecond, screen.cursorShown]).toEqual([false, true]);
});

test('settled lines go above the frame; on the second screen they wait until it is left', () => {
  const { screen, terminal } = used(20, 8);
  terminal.paint(['frame']);
  terminal.settle(['settled 1', 'settled 2']);
  expect(screen.lines()).toEqual([...OLDER, 'settled 1', 'settled 2', 'frame']);
  terminal.setFull(true);
  terminal.paint(['full 1', 'full 2']);
  terminal.settle(['settled 3']);
  expect(screen.seen()).toEqual(['full 1', 'full 2']);
  expect(screen.lines()).toEqual([...OLDER, 'settled 1', 'settled 2']);
  terminal.close();
  expect(screen.isSecond).toBe(false);
  expect(screen.lines()).toEqual([...OLDER, 'settled 1', 'settled 2', 'settled 3']);
});

test('a line that fills the width keeps its last character', () => {
  const { screen, terminal } = used(5, 8);
  terminal.paint(['12345', 'ab']);
  terminal.paint(['54321', 'ab']);
  expect(screen.seen().slice(-2)).toEqual(['54321', 'ab']);
  terminal.setFull(true);
  terminal.paint(['12345', 'ab']);
  terminal.paint(['54321', 'ab']);
  expect(screen.seen()).toEqual(['54321', 'ab']);
});

test('an unchanged frame writes nothing, a changed line nothing of the others', () => {
  const written: string[] = [];
  const terminal = new Terminal({ columns: 40, rows: 10, write: (text) => written.push(text) });
  terminal.paint(['first', 'second', 'third']);
  terminal.paint(['first', 'second', 'third']);
  expect(written).toHaveLength(1);
  terminal.paint(['first', 'SECOND', 'third']);
  expect(written[1]).toContain('SECOND');
  expect(written[1]).not.toMatch(/first|third/);
});

test('a frame that is too high is cut, and never scrolls', () => {
  const { screen, terminal } = used(10, 5);
  terminal.paint(Array.from({ length: 9 }, (_, i) => `row ${i}`));
  terminal.paint(Array.from({ length: 9 }, (_, i) => `ROW ${i}`));
  expect(screen.lines()).toEqual([...OLDER, 'ROW 0', 'ROW 1', 'ROW 2', 'ROW 3']);
});

test.each([1, 2, 3, 4, 5, 6])('whatever is drawn, settled and resized, every line is there once and in order (seed %i)', (seed) => {
  const random = new Prng(seed);
  const below = (n: number): number => Math.floor(random.uniform() * n);
  const { screen, terminal } = used(40, 24);
  const settled: string[] = [];
  let frame: string[] = [];
  for (let move = 0; move < 300; move++) {
    const what = below(10);
    if (what < 2) {
      const more = Array.from({ length: 1 + below(3) }, () => `settled ${settled.length} ${'s'.repeat(1 + below(screen.columns - 15))}`);
      // Each of them is a line of its own.
      const named = more.map((line, i) => line.replace(/\d+/, String(settled.length + i)));
      terminal.settle(named);
      settled.push(...named);
    } else if (what === 2) terminal.setFull(!terminal.full);
    else if (what === 3) {
      screen.resize(16 + below(60), 18 + below(20));
      terminal.resized();
    }
    if (what === 2 || what === 3 || what > 5) frame = Array.from({ length: below(5) }, (_, i) => `frame ${i} ${'f'.repeat(1 + below(screen.columns - 9))}`);
    terminal.paint(frame);
    if (terminal.full) expect(screen.seen()).toEqual(frame);
    else expect(screen.lines()).toEqual([...OLDER, ...settled, ...frame]);
  }
  terminal.close();
  expect(screen.lines()).toEqual([...OLDER, ...settled]);
});
