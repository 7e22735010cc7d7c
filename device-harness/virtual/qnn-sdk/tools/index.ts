import { BugError } from '../../../../models/contracts/errors.ts';
import type { Tool } from '../tool.ts';

/** Loaded one at a time: each call is a process of its own. */
const TOOLS: Readonly<Record<string, () => Promise<Tool>>> = {
  'qnn-onnx-converter': async () => (await import('./onnx-converter.ts')).qnnOnnxConverter,
  'qnn-model-lib-generator': async () => (await import('./model-lib-generator.ts')).qnnModelLibGenerator,
  'qnn-context-binary-generator': async () => (await import('./context-binary-generator.ts')).qnnContextBinaryGenerator,
  'qnn-context-binary-utility': async () => (await import('./context-binary-utility.ts')).qnnContextBinaryUtility,
  'qairt-converter': async () => (await import('./qairt-converter.ts')).qairtConverter,
  'qairt-quantizer': async () => (await import('./qairt-quantizer.ts')).qairtQuantizer,
  'qnn-profile-viewer': async () => (await import('./profile-viewer.ts')).profileViewer,
  'qnn-throughput-net-run': async () => (await import('./throughput-net-run.ts')).throughputNetRun,
  'qnn-net-run': async () => (await import('./net-run.ts')).netRun,
  'qairt-dlc-info': async () => (await import('./dlc-info.ts')).qairtDlcInfo,
};

export async function loadTool(name: string): Promise<Tool> {
  const load = TOOLS[name];
  if (!load) throw new BugError(`There is no stand-in of ${name}.`);
  return load();
}
