import type { ToolCall } from '../tool.ts';

/**
 * Ways in which a stand-in goes wrong, chosen by the environment variable `DYNO_STAND_IN`: `TOOL=MISBEHAVIOUR`, several with commas, e.g.
 * `qnn-onnx-converter=nothing-written,qnn-context-binary-generator=error:5005`.
 *
 * | misbehaviour | what happens |
 * | --- | --- |
 * | `nothing-written` | says that it succeeded, ends with 0, writes nothing |
 * | `empty-file` | writes what it should, with nothing in it, ends with 0 |
 * | `disk-full` | begins to write, says `No space left on device`, ends with 1 |
 * | `crash` | the process ends by SIGSEGV |
 * | `hang` | never ends, and ignores SIGTERM |
 * | `fallback` | works, and says that operators fell back to float |
 * | `noise` | works, and says what the real tools say without meaning harm |
 * | `other-graph-name` | works, and calls the graph otherwise than it was told |
 * | `error:NAME` | says one of the texts below and ends with 1 |
 */
const MISBEHAVIOUR = 'DYNO_STAND_IN';

/** Texts as users have pasted them in public; `reference/qnn.md` §8 names where. */
export const ERROR_TEXTS: Readonly<Record<string, string>> = {
  'pyirgraph': "ImportError: libPyIrGraph310.so: cannot open shared object file: No such file or directory",
  'pyirgraph38': "ImportError: cannot import name 'libPyIrGraph38' from 'qti.aisw.converters.common'",
  'no-qti': "ModuleNotFoundError: No module named 'qti'",
  'onnx-version': "AttributeError: module 'onnx' has no attribute 'version'",
  'no-onnx': "ModuleNotFoundError: No module named 'onnx'",
  'dynamic': "Missing command line inputs for dynamic inputs ['input'] in the model.",
  'no-cpp': 'model is not a cpp model file',
  'no-source': 'Unable to find the model source file, invalid path: model.cpp',
  'compiler': 'Could not find compiler: ${TARGET_PREFIX}g++',
  'libcxx': 'error while loading shared libraries: libc++.so.1: cannot open shared object file: No such file or directory',
  'device': 'Device Creation failure',
  'transport': 'DspTransport.openSession qnn_open failed, 0x80000406, prio 100',
  'skel': 'Skel lib id mismatch: expected (v2.45.0.260326), detected (v2.43.0.260101)',
  '5005': 'Failed to create context from binary with error code 5005',
  'arch': 'Request feature arch with value 75 unsupported',
  'no-soc': 'No Snapdragon SOC detected',
  'op-validation': 'QnnBackend_validateOpConfig failed 3110\nFailed to validate op /head/Mod with error 0xc26',
  'too-large': 'graph requires estimated allocation of 5404364 KB, limit is 2097152 KB',
  'map-at': 'map::at: key not found',
  'signature': 'signature does not match',
  'hba': 'Invalid model for HBA quantization algorithm.',
  'opset': "Unsupported ONNX opset version: 23",
};

export const FALLBACK = 'Following OPs fallback to float: /head/Softmax, /head/Mul';

export const NOISE = ['DSP_INFO UNSUPPORTED_KEY 0x21', 'failed to close queue', 'MaxPool_1   unsupported version   Consult Op Supported Versions table'];

/** What this call is to get wrong; null for nothing. */
export function misbehaviourOf(tool: string, { environment }: ToolCall): string | null {
  const items = (environment[MISBEHAVIOUR] ?? '').split(',').map((item) => item.split('='));
  return items.find(([name]) => name === tool)?.[1] ?? null;
}
