import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { render } from 'ink';
import { afterEach, expect, test } from 'vitest';
import { AppStore } from '../../../cli/app/store.ts';
import { AppView } from '../../../cli/app/views/app-view.tsx';
import { createStyle } from '../../../cli/ui/style.ts';
import { displayWidth } from '../../../reports/render/terminal/width.ts';
import { sampleState } from './sample-state.ts';

/** A keyboard in raw mode. */
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

const last = (frames: readonly string[][]): string[] => frames.at(-1) ?? [];

let unmount: () => void = () => undefined;
afterEach(() => unmount());

async function open(columns: number, rows: number, color = false): Promise<{ store: AppStore; frames: string[][]; keys: Keyboard; pressed: string[] }> {
  const store = new AppStore(sampleState({}, columns, rows));
  const frames: string[][] = [];
  const nowhere = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { columns, rows });
  const keys = new Keyboard();
  const pressed: string[] = [];
  const view = <AppView store={store} style={createStyle(color)} paint={(lines) => void frames.push([...lines])} onInterrupt={() => void pressed.push('interrupt')} onSuspend={() => void pressed.push('suspend')} onRedraw={() => void pressed.push('redraw')} />;
  ({ unmount } = render(view, { stdout: nowhere as never, stdin: keys as never, stderr: nowhere as never, debug: true, exitOnCtrlC: false, patchConsole: false }));
  while (keys.listenerCount('readable') === 0) await turns();
  return { store, frames, keys, pressed };
}

test.each([[80, 24], [200, 60], [40, 10]])('at %i × %i every row is drawn, none too wide, and keys change them', async (columns, rows) => {
  const { frames, keys } = await open(columns, rows);
  expect(last(frames)).toHaveLength(rows);
  expect(last(frames).join('\n')).toContain('Which models?');
  expect(last(frames).filter((line) => displayWidth(line) > columns)).toEqual([]);
  await keys.type(' ');
  expect(last(frames).join('\n')).toContain('[x] ultramini');
  await keys.type('\r');
  expect(last(frames).join('\n')).toContain('What shall');
  await keys.type('\x1b[B');
  await keys.type('?');
  expect(last(frames).join('\n')).toContain('move by a page');
  expect(last(frames)).toHaveLength(rows);
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

test('without colours there is no escape sequence in a frame; with them there are', async () => {
  const plain = await open(80, 24);
  expect(plain.frames.flat().join('')).not.toContain('\x1b');
  unmount();
  const colored = await open(80, 24, true);
  expect(last(colored.frames).join('\n')).toContain('\x1b[36m');
});
