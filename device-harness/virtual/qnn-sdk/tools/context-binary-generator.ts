import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { decodeModel } from '../../../../models/onnx/index.ts';
import { inferShapes, Model } from '../../../../models/graph/index.ts';
import { openHtpToolchain, savedContext } from '../../../../converters/htp/index.ts';
import { cacheFolder } from '../../../../converters/toolchain/index.ts';
import { HTP_SOCS } from '../../../../converters/rules/htp-socs.ts';
import { type Carrier, readCarrier } from '../carrier.ts';
import { rememberContext } from '../context-head.ts';
import { type Arguments, type Flag, oneValue } from './arguments.ts';
import { documentedTool, ToolFailure } from './documented-tool.ts';
import { readHtpConfig } from './htp-config.ts';

/** What an SDK compiles for when nobody tells: a choice of this stand-in, different from what dyno assumes. */
const DEFAULT_SOC = 'SM8450';
const MOST_RANK = 5;

const one = (...names: string[]): Flag => ({ names, values: 1 });

/** `qnn-context-binary-generator`: compiles with Qualcomm's own compiler of onnxruntime-qnn. */
export const qnnContextBinaryGenerator = documentedTool({
  name: 'qnn-context-binary-generator',
  flags: [
    { names: ['--model'], values: 1, required: true }, { names: ['--backend'], values: 1, required: true }, { names: ['--binary_file'], values: 1, required: true }, one('--output_dir'), one('--model_prefix'), one('--op_packages'),
    one('--config_file'), { names: ['--profiling_level'], values: 1, choices: ['basic', 'detailed'] }, { names: ['--profiling_option'], values: 1, choices: ['optrace'] }, one('--log_level'), { names: ['--verbose'], values: 0 },
    one('--dlc_path'), { names: ['--input_output_tensor_mem_type'], values: 1, choices: ['raw', 'memhandle'] }, one('--set_output_tensors'), { names: ['--soc_model'], values: 1, since: '2.40' },
  ],
  work: async (args, { cwd, version, environment, out }) => {
    out(`qnn-context-binary-generator pid:${process.pid}`);
    const { head, onnx } = carried(args, cwd);
    if (!/libQnnHtp\.so$/.test(oneValue(args, '--backend') as string) || !existsSync(resolve(cwd, oneValue(args, '--backend') as string))) throw new ToolFailure(`Unable to load backend ${oneValue(args, '--backend')}`);
    const config = oneValue(args, '--config_file') === null ? null : readHtpConfig(oneValue(args, '--config_file') as string, head.graph, cwd);
    const wanted = Number(oneValue(args, '--soc_model') ?? config?.socModel ?? HTP_SOCS.find(({ chip }) => chip === DEFAULT_SOC)?.socModel);
    const soc = HTP_SOCS.find(({ socModel }) => socModel === wanted);
    if (!soc || soc.hexagon < 68) throw new ToolFailure(`Request feature soc_model with value ${wanted} unsupported`);
    refuseRanks(onnx);
    const output = resolve(cwd, oneValue(args, '--output_dir') ?? 'output');
    const binary = join(output, `${basename(oneValue(args, '--binary_file') as string)}.bin`);
    const toolchain = openHtpToolchain(environment);
    if (toolchain instanceof Error) throw new ToolFailure(toolchain.message);
    const folder = mkdtempSync(join(tmpdir(), 'dyno-stand-in-'));
    try {
      const modelPath = join(folder, 'model.onnx');
      writeFileSync(modelPath, onnx);
      const vtcm = config?.graph['vtcm_mb'];
      const level = config?.graph['O'];
      const options = { ...(typeof vtcm === 'number' && vtcm > 0 ? { vtcmMb: vtcm } : {}), ...(level === 1 || level === 2 || level === 3 ? { optimization: level as 1 | 2 | 3 } : {}) };
      const { report, context } = await savedContext(toolchain, { modelPath, soc, options }, cacheFolder(environment));
      if (report.failure) throw new ToolFailure(report.failure.message);
      const refused = report.nodes.find(({ unit }) => unit === 'cpu');
      if (!context?.binaries[0] || report.htpGraphs !== 1 || report.cpuNodes > 0) throw new ToolFailure(`QnnBackend_validateOpConfig failed 3110\nFailed to validate op ${refused?.label ?? head.graph} with error 0xc26`);
      mkdirSync(output, { recursive: true });
      copyFileSync(context.binaries[0].path, binary);
      rememberContext(binary, { graph: head.graph, chip: soc.chip, socModel: soc.socModel, build: `v${version}`, inputs: head.inputs, outputs: head.outputs, modelPath: context.modelPath }, environment);
    } finally {
      await toolchain.close();
      rmSync(folder, { recursive: true, force: true });
    }
    if (args.has('--profiling_option')) writeFileSync(join(cwd, `${head.graph}_schematic.bin`), JSON.stringify({ graph: head.graph }));
    return [binary];
  },
});

/** The graph of the model library or the DLC. */
function carried(args: Arguments, cwd: string): { readonly head: Carrier; readonly onnx: Uint8Array } {
  const [model, dlc] = [oneValue(args, '--model') as string, oneValue(args, '--dlc_path')];
  const path = resolve(cwd, dlc ?? model);
  if (!existsSync(path)) throw new ToolFailure(`${path}: cannot open shared object file: No such file or directory`);
  if (dlc !== null && basename(model) !== 'libQnnModelDlc.so') throw new ToolFailure('--dlc_path needs --model libQnnModelDlc.so');
  const found = readCarrier(path);
  if (dlc === null && found.head.arch !== 'x86_64-linux-clang') throw new ToolFailure(`${path}: wrong ELF class: library of ${found.head.arch ?? 'no'} target on an x86_64 host`);
  return found;
}

/** HTP has no tensors of more than five axes. */
function refuseRanks(onnx: Uint8Array): void {
  const source = decodeModel(onnx);
  const model = new Model(source.proto);
  inferShapes(model);
  const wide = [...model.graph.nodes()].find(({ outputs }) => outputs.some((value) => (value?.type.shape?.length ?? 0) > MOST_RANK));
  source.close();
  if (wide) throw new ToolFailure(`[4294967295] has incorrect Rank ${wide.outputs[0]?.type.shape?.length}.\nQnnBackend_validateOpConfig failed 3110\nFailed to validate op ${wide.label} with error 0xc26`);
}
