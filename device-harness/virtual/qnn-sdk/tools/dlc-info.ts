import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readCarrier } from '../carrier.ts';
import { oneValue } from './arguments.ts';
import { documentedTool, ToolFailure } from './documented-tool.ts';

/** `qairt-dlc-info`: graph and faces of a DLC. The real one's layout of text is not documented: nothing of ours reads this. */
export const qairtDlcInfo = documentedTool({
  name: 'qairt-dlc-info',
  flags: [{ names: ['--input_dlc', '-i'], values: 1, required: true }],
  work: async (args, { cwd, out }) => {
    const path = resolve(cwd, oneValue(args, '--input_dlc') as string);
    if (!existsSync(path)) throw new ToolFailure(`[Errno 2] No such file or directory: '${path}'`);
    const { head } = readCarrier(path);
    out(`DLC info for: ${path}\nGraph: ${head.graph}`);
    for (const [what, tensors] of [['input', head.inputs], ['output', head.outputs]] as const) for (const { name, type, dims } of tensors) out(`${what}  ${name}  ${type}  ${dims.join(',')}`);
    return [];
  },
});
