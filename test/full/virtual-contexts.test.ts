import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { htpExecutor, type HtpToolchain, savedContext } from '../../converters/htp/index.ts';
import { resolveSoc } from '../../converters/rules/index.ts';
import { Model, staticShape } from '../../models/graph/index.ts';
import { readModel } from '../../models/onnx/index.ts';
import { readNpy } from '../../models/run/index.ts';
import { PhoneBench } from '../device-harness/virtual/phone-bench.ts';
import { bytes } from '../device-harness/virtual/tiny-models.ts';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { fixture } from '../support/paths.ts';

const EXPORTS = readdirSync(fixture('exports')).filter((name) => name.endsWith('.onnx')).map((name) => name.replace(/\.onnx$/, ''));

/** Every export as a context binary on the phone, against the session that made it; for two generations. */
describe.skipIf(!htpToolchain)(`exports on virtual phones${htpMissing}`, () => {
  describe.each([['SM8550', 73], ['SM8350', 68]] as const)('%s', (chip, hexagon) => {
    const toolchain = htpToolchain as HtpToolchain;
    const { soc } = resolveSoc(chip);
    let bench: PhoneBench;
    let compared = 0;
    beforeAll(async () => {
      bench = await PhoneBench.start(chip);
      bench.install('libQnnHtp.so', `libQnnHtpV${hexagon}Stub.so`, `libQnnHtpV${hexagon}Skel.so`);
    });
    afterAll(async () => {
      await bench.close();
      await toolchain.close();
    });

    test.each(EXPORTS)('%s: bit for bit, or refused because it is not one graph', async (name) => {
      const input = readNpy(fixture('exports', `${name}.input.npy`));
      const modelPath = fixture('exports', `${name}.onnx`);
      const onnx = readModel(modelPath);
      const [first] = new Model(onnx.proto).graph.inputs;
      onnx.close();
      const open = first && !staticShape(first.type) ? new Map([[first.name, input.dims]]) : undefined;
      const { context } = await savedContext(toolchain, { modelPath, soc, ...(open ? { static: open } : {}) });
      if (!context) return;
      copyFileSync((context.binaries[0] as { path: string }).path, join(bench.work, 'm.bin'));
      bench.put('in.raw', bytes(input.data));
      bench.put('list.txt', 'in.raw\n');
      const ran = await bench.run('qnn-net-run', ['--backend', 'libQnnHtp.so', '--retrieve_context', 'm.bin', '--input_list', 'list.txt', '--use_native_input_files', '--use_native_output_files']);
      const made = readModel(context.modelPath);
      const nodes = [...new Model(made.proto).graph.nodes()];
      made.close();
      if (nodes.length > 1) return;
      expect(ran).toMatchObject({ code: 0, err: '' });
      const [outputs] = await htpExecutor(toolchain, soc).run(context.modelPath, [new Map([[first?.name as string, input]])]);
      for (const [output, array] of outputs ?? []) {
        expect(readFileSync(join(bench.work, 'output/Result_0', `${output.replace(/\W/g, '_')}_native.raw`)).equals(bytes(array.data)), output).toBe(true);
      }
      compared++;
    });

    test('most of them were compared', () => expect(compared).toBeGreaterThan(EXPORTS.length / 2));
  });
});
