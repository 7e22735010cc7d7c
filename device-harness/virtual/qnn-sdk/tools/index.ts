import { BugError } from '../../../../models/contracts/errors.ts';
import type { Tool } from '../tool.ts';

/** Loaded one at a time: each call is a process of its own. */
const TOOLS: Readonly<Record<string, () => Promise<Tool>>> = {
};

/** Names of all stand-ins. */
export const TOOL_NAMES: readonly string[] = Object.keys(TOOLS);

export async function loadTool(name: string): Promise<Tool> {
  const load = TOOLS[name];
  if (!load) throw new BugError(`There is no stand-in of ${name}.`);
  return load();
}
