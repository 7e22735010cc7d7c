import { EventEmitter } from 'node:events';
import { render } from 'ink';
import { afterEach, expect, test } from 'vitest';
import { AppStore } from '../../../cli/app/store.ts';
import { ScreenWriter } from '../../../cli/app/terminal/screen-writer.ts';
import { AppView } from '../../../cli/app/views/app-view.tsx';
import { createStyle } from '../../../cli/ui/style.ts';
import { displayWidth } from '../../../reports/render/terminal/width.ts';
import { sampleState } from './sample-state.ts';

/** A terminal of a size that keeps every frame, and a keyboard. */
class Frames extends EventEmitter {
  readonly columns: number;
  readonly rows: number;
  readonly frames: string[] = [];

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  write = (frame: string): void => void this.frames.push(frame);

  get last(): string {
    return this.frames.findLast((frame) => frame.trim() !== '') ?? '';
  }
}

class Keyboard extends EventEmitter {
  readonly isTTY = true;
  #typed: string | null = null;
  read = (): string | null => {
    const typed = this.#typed;
    this.#typed = null;
    return typed;
  };
  setEncoding(): void {}
  setRawMode(): void {}
  ref(): void {}
  unref(): void {}
  async type(text: string): Promise<void> {
    this.#typed = text;
    this.emit('readable');
    await turns();
  }
}

/** React draws in turns of the event loop. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

let unmount: () => void = () => undefined;
afterEach(() => unmount());

async function open(columns: number, rows: number, color = false): Promise<{ store: AppStore; frames: Frames; keys: Keyboard; pressed: string[] }> {
  const store = new AppStore(sampleState({}, columns, rows));
  const frames = new Frames(columns, rows);
  const keys = new Keyboard();
  const pressed: string[] = [];
  const view = <AppView store={store} style={createStyle(color)} onInterrupt={() => void pressed.push('interrupt')} onSuspend={() => void pressed.push('suspend')} onRedraw={() => void pressed.push('redraw')} />;
  ({ unmount } = render(view, { stdout: frames as never, stdin: keys as never, stderr: frames as never, debug: true, exitOnCtrlC: false, patchConsole: false }));
  while (keys.listenerCount('readable') === 0) await turns();
  return { store, frames, keys, pressed };
}

test.each([[80, 24], [200, 60], [40, 10]])('at %i × %i Ink draws every row, none too wide, and keys change them', async (columns, rows) => {
  const { frames, keys } = await open(columns, rows);
  expect(frames.last.split('\n')).toHaveLength(rows);
  expect(frames.last).toContain('Which models?');
  expect(frames.last.split('\n').filter((line) => displayWidth(line) > columns)).toEqual([]);
  await keys.type(' ');
  expect(frames.last).toContain('[x] ultramini');
  await keys.type('\r');
  expect(frames.last).toContain('What shall');
  await keys.type('\x1b[B');
  await keys.type('?');
  expect(frames.last).toContain('move by a page');
  expect(frames.last.split('\n')).toHaveLength(rows);
});

test('letters that arrive at once are keys one after the other, in a filter they are its text', async () => {
  const { store, keys } = await open(80, 24);
  await keys.type('j j ');
  expect(store.state.choices.models).toEqual(['nets/edsr.onnx', 'nets/日本語モデル.onnx']);
  await keys.type('/sesr q');
  expect(store.state.filters.models).toBe('sesr q');
  await keys.type('\x7f\x7f');
  expect(store.state.filters.models).toBe('sesr');
});

test('Ctrl-C, Ctrl-Z and Ctrl-L are for whoever opened the screen, also while a filter is typed', async () => {
  const { keys, pressed } = await open(80, 24);
  await keys.type('/');
  for (const key of ['\x03', '\x1a', '\x0c']) await keys.type(key);
  expect(pressed).toEqual(['interrupt', 'suspend', 'redraw']);
});

test('without colours there is no escape sequence in a frame; with them every line ends as it began', async () => {
  const plain = await open(80, 24);
  expect(plain.frames.frames.join('')).not.toContain('\x1b');
  unmount();
  const colored = await open(80, 24, true);
  expect(colored.frames.last).toContain('\x1b[36m');
});

test('the writer puts out only rows that changed, and all of them after a resize', () => {
  const written: string[] = [];
  const terminal = { columns: 10, rows: 3, write: (text: string) => void written.push(text) };
  const writer = new ScreenWriter(terminal as never);
  writer.write('one\ntwo\nthree');
  expect(written.at(-1)).toMatch(/\x1b\[2J[\s\S]*one[\s\S]*two[\s\S]*three/);
  writer.write('one\nTWO\nthree');
  expect(written.at(-1)).toContain('\x1b[2;1HTWO');
  expect(written.at(-1)).not.toMatch(/one|three|\x1b\[2J/);
  const before = written.length;
  writer.write('one\nTWO\nthree');
  expect(written).toHaveLength(before);
  writer.write('one\nTWO');
  expect(written.at(-1)).toContain('\x1b[3;1H\x1b[J');
  writer.forget();
  writer.write('one\nTWO\nthree\nfour');
  expect(written.at(-1)).toContain('three');
  expect(written.at(-1)).not.toContain('four');
  writer.mute(true);
  writer.write('hidden');
  expect(written.join('')).not.toContain('hidden');
  writer.mute(false);
  writer.redraw();
  expect(written.at(-1)).toContain('hidden');
  expect(written.join('')).not.toContain('\x1b[3J');
});
