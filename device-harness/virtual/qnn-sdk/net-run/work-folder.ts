import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ToolCall } from '../tool.ts';
import type { Phone } from './phone.ts';

/** Gives a program a folder that is no part of the phone, for its temporary files and those of the libraries that it calls, and takes it away again. */
export async function withWorkFolder<T>({ folder }: Phone, call: ToolCall, work: (call: ToolCall, folder: string) => Promise<T>): Promise<T> {
  mkdirSync(join(folder, 'work'), { recursive: true });
  const own = mkdtempSync(join(folder, 'work', 'program-'));
  process.env['TMPDIR'] = own;
  try {
    return await work({ ...call, environment: { ...call.environment, TMPDIR: own } }, own);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
