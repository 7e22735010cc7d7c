import { expect, test } from 'vitest';
import { findSdkPython } from '../../../converters/qnn/sdk-python.ts';
import { findSdk, type QnnSdk } from '../../../converters/qnn/sdk.ts';
import { toolEnvironment } from '../../../converters/qnn/tool-environment.ts';
import { processRunner } from '../../../converters/qnn/tool-runner.ts';
import { convertWithSdk } from '../../../converters/qnn/convert-with-sdk.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { conversion, feedsOf } from './conversion.ts';

const temporary = temporaryFolder();
const root = process.env['DYNO_QNN_SDK'];

/** With the user's own SDK: what it made has to be read back; nothing here knows what it looks like. */
test.skipIf(!root).each([['qairt', 'fp16'], ['qairt', 'w8a8'], ['qnn', 'fp16'], ['qnn', 'w8a8']] as const)(`a real SDK, %s, %s${root ? '' : ' (skipped: DYNO_QNN_SDK names none)'}`, async (chain, precision) => {
  const sdk = findSdk(root as string) as QnnSdk;
  expect(sdk.standIn).toBeUndefined();
  const { executable } = await findSdkPython(sdk, null, process.env);
  const { job, close } = conversion(temporary(), fixture('exports', 'plain_clip_x2_op17.onnx'), { chain, precision, feeds: feedsOf({ input: [1, 3, 32, 32] }, 4), timeoutMs: 600_000 });
  const { artifact, history } = await convertWithSdk({ ...job, sdk, python: executable, environment: toolEnvironment(sdk, { python: executable, ndk: null }), runner: processRunner(process.env), base: process.env }).finally(close);
  const [channelsLast, type] = [chain === 'qnn', precision === 'fp16' ? 'float16' : 'ufixed-8'];
  expect(artifact.inputs).toMatchObject([{ onnxName: 'input', type, dims: channelsLast ? [1, 32, 32, 3] : [1, 3, 32, 32] }]);
  expect(artifact.outputs).toMatchObject([{ onnxName: 'output', type, dims: channelsLast ? [1, 64, 64, 3] : [1, 3, 64, 64] }]);
  expect(artifact.graph).toBe('plain_clip_x2_op17');
  expect(history.fallbacks).toEqual([]);
}, 1_800_000);
