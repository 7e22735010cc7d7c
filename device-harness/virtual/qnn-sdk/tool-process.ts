import { loadTool } from './tools/index.ts';

const [name, version, ...args] = process.argv.slice(2) as [string, string, ...string[]];
const tool = await loadTool(name);
process.exitCode = await tool.run(args, {
  cwd: process.cwd(), environment: process.env, version,
  out: (text) => void process.stdout.write(`${text}\n`), err: (text) => void process.stderr.write(`${text}\n`),
});
