import { appendFileSync } from 'node:fs';
import type { Step } from '../../../converters/qnn/chain-request.ts';
import { processEnvironment } from '../../../converters/qnn/tool-environment.ts';
import type { ToolRunner } from '../../../converters/qnn/tool-runner.ts';
import { loadTool } from '../../../device-harness/virtual/qnn-sdk/tools/index.ts';

export interface InProcess extends ToolRunner {
  /** Every call, in order: the tool and its arguments. */
  readonly calls: { readonly tool: string; readonly args: readonly string[] }[];
}

/** The stand-ins in this process: the same work without the start of a process for each. */
export function standInRunner(version: string, environment: NodeJS.ProcessEnv): InProcess {
  const calls: InProcess['calls'] = [];
  return {
    calls,
    run: async ({ tool, command, cwd, env }: Pick<Step, 'command' | 'cwd' | 'env' | 'tool'>, { log }) => {
      const args = command.slice(command.findIndex((word) => word.endsWith(`/${tool}`)) + 1);
      calls.push({ tool, args });
      let output = '';
      const say = (text: string): void => {
        output += `${text}\n`;
      };
      const code = await (await loadTool(tool)).run(args, { cwd, environment: { ...processEnvironment(env, environment) }, version, out: say, err: say });
      appendFileSync(log, output);
      return { code, signal: null, timedOut: false, output };
    },
  };
}
