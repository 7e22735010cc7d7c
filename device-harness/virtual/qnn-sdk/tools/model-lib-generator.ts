import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readCarrier, writeCarrier } from '../carrier.ts';
import { oneValue } from './arguments.ts';
import { documentedTool, ToolFailure } from './documented-tool.ts';
import { readTextFile } from './read-text-file.ts';

const TARGETS = ['aarch64-android', 'x86_64-linux-clang', 'windows-x86_64', 'windows-aarch64', 'aarch64-ubuntu-gcc9.4', 'aarch64-oe-linux-gcc11.2'];

/** `qnn-model-lib-generator`: one library for each target, a folder of object files left behind. */
export const qnnModelLibGenerator = documentedTool({
  name: 'qnn-model-lib-generator',
  flags: [
    { names: ['--cpp', '-c'], values: 1, required: true }, { names: ['--bin', '-b'], values: 1 }, { names: ['--lib_targets', '-t'], values: 1 }, { names: ['--lib_name', '-l'], values: 1 },
    { names: ['--output_dir', '-o'], values: 1 }, { names: ['--debug'], values: 0 },
  ],
  work: async (args, { cwd, version, environment, out }) => {
    const cpp = resolve(cwd, oneValue(args, '--cpp') as string);
    const bin = oneValue(args, '--bin');
    const targets = (oneValue(args, '--lib_targets') ?? 'aarch64-android x86_64-linux-clang').split(/\s+/);
    const output = resolve(cwd, oneValue(args, '--output_dir') ?? 'lib');
    if (!cpp.endsWith('.cpp')) throw new ToolFailure(`${basename(cpp)} is not a cpp model file`);
    if (!existsSync(cpp)) throw new ToolFailure(`Unable to find the model source file, invalid path: ${cpp}`);
    for (const [what, value] of [['Model cpp file path ', cpp], ['Model bin file path ', bin], ['Library target      ', `[[${targets.map((target) => `'${target}'`).join(', ')}]]`], ['Output directory    ', output]]) {
      out(`2026-01-01 00:00:00,000 -    INFO - qnn-model-lib-generator: ${what}: ${value}`);
    }
    const odd = targets.find((target) => !TARGETS.includes(target));
    if (odd !== undefined) throw new ToolFailure(`Unknown library target: ${odd}`);
    if (targets.includes('aarch64-android') && !environment['ANDROID_NDK_ROOT']) throw new ToolFailure('ANDROID_NDK_ROOT is not set');
    if (targets.includes('aarch64-oe-linux-gcc11.2') && !environment['TARGET_PREFIX']) throw new ToolFailure('Could not find compiler: ${TARGET_PREFIX}g++');
    if (bin === null) throw new ToolFailure('undefined reference to `_binary_obj_binary_start\'');
    const { head, onnx } = readCarrier(resolve(cwd, bin));
    if (head.kind !== 'model-source' || !readTextFile(cpp).includes(`graph: ${head.graph}`)) throw new ToolFailure(`${bin} does not belong to ${basename(cpp)}`);
    const objects = join(cwd, `tmp_${process.pid}`);
    mkdirSync(objects, { recursive: true });
    writeFileSync(join(objects, 'model.o'), 'object file of a stand-in\n');
    const name = oneValue(args, '--lib_name') ?? basename(bin, '.bin');
    return targets.map((target) => {
      const path = join(output, target, `lib${name}.so`);
      mkdirSync(dirname(path), { recursive: true });
      writeCarrier(path, { ...head, kind: 'model-library', tool: 'qnn-model-lib-generator', version, arch: target }, onnx);
      out(`Target: ${target}  Library: ${path}`);
      return path;
    });
  },
});
