/** What a text of the SDK's tools means, and what helps. */
export interface KnownError {
  readonly id: string;
  readonly pattern: RegExp;
  readonly cause: string;
  readonly advice: string;
}

/** Texts that users have met, the more specific ones first (where each was seen: the research notes on QNN, §8). */
export const KNOWN_ERRORS: readonly KnownError[] = [
  { id: 'python-libraries', pattern: /libPyIrGraph/, cause: 'The converter’s library does not load.', advice: 'Use the Python that the SDK is built for (--python; dyno doctor qnn names it) and install libc++1 and libc++abi1.' },
  { id: 'python-path', pattern: /No module named 'qti'/, cause: 'The SDK’s Python packages are not found.', advice: 'lib/python of the SDK has to be whole: install it again, or name another with --sdk.' },
  { id: 'onnx-version', pattern: /module 'onnx' has no attribute 'version'/, cause: 'The onnx package is too new for this SDK.', advice: 'Install onnx==1.16.2 in the Python environment of the SDK.' },
  { id: 'python-package', pattern: /No module named '([^']+)'/, cause: 'A Python package is missing.', advice: 'Install what the SDK’s bin/check-python-dependency lists, in the environment that --python names.' },
  { id: 'dynamic-inputs', pattern: /Missing command line inputs for dynamic inputs/, cause: 'Inputs are open.', advice: 'Give them sizes: --static NAME=1x3x128x128.' },
  { id: 'opset', pattern: /Unsupported ONNX opset version|opset version \d+ is not supported/i, cause: 'The model’s opset is newer than the converter.', advice: 'Take a newer SDK, or export the model with opset 17.' },
  { id: 'calibration-algorithm', pattern: /Invalid model for HBA quantization algorithm/, cause: 'The algorithm needs convolutions with their batch norms.', advice: 'Leave it out.' },
  { id: 'names', pattern: /map::at: key not found/, cause: 'Encodings name a tensor that the converter does not have.', advice: 'dyno encodings coverage MODEL FILE lists names that do not fit.' },
  { id: 'source-file', pattern: /is not a cpp model file|Unable to find the model source file/, cause: 'The converter’s source is not where it should be.', advice: 'Look into the work folder: --keep-workdir DIR.' },
  { id: 'compiler', pattern: /Could not find compiler|clang(\+\+)?: (command )?not found/i, cause: 'The compiler of the model library is missing.', advice: 'dyno doctor qnn says which: clang++ for this machine, the Android NDK (ANDROID_NDK_ROOT, r25c or r26c) for phones.' },
  { id: 'ndk', pattern: /ANDROID_NDK_ROOT|ndk-build: (command )?not found/, cause: 'The Android NDK is missing.', advice: 'Install NDK r25c or r26c and set ANDROID_NDK_ROOT; --form context-binary and --form dlc need none.' },
  { id: 'libcxx', pattern: /libc\+\+(abi)?\.so/, cause: 'libc++ is missing.', advice: 'Install it: apt install libc++1 libc++abi1.' },
  { id: 'skel', pattern: /Skel lib id mismatch/, cause: 'Libraries of two SDKs are mixed.', advice: 'Use one SDK for everything.' },
  { id: 'other-chip', pattern: /\berr(?:or)?(?: code)?:? 5005\b|0x138d|Create From Binary failure|Request feature arch with value \d+ unsupported/i, cause: 'The binary is for another chip, or of another SDK.', advice: 'Make it again for the chip at hand: --target htp:CHIP.' },
  { id: 'soc', pattern: /Request feature soc_model|No Snapdragon SOC detected/, cause: 'The SDK does not know the chip.', advice: 'Take a newer SDK: v79 needs 2.27 or newer, v81 needs 2.42 or newer.' },
  { id: 'operator', pattern: /error 0xc26|validateOpConfig failed 3110|incorrect Rank/, cause: 'HTP does not take an operator in this form.', advice: 'dyno check MODEL --target htp:CHIP says which, and dyno rewrite mends many of them.' },
  { id: 'too-large', pattern: /graph requires estimated allocation of \d+ KB/, cause: 'The graph is too large for the chip.', advice: 'Take a smaller input (--static), quantize, or cut the model (--cut-at).' },
  { id: 'device', pattern: /0x80000406|Device Creation failure|\berr(?:or)?(?: code)?:? (?:1008|4000|14001|1002)\b/, cause: 'The HTP does not start.', advice: 'Stub, skeleton and back end have to be of one SDK and of the chip’s Hexagon version.' },
  { id: 'signature', pattern: /signature does not match/, cause: 'A signed process domain was asked for with unsigned libraries.', advice: 'Use "pd_session": "unsigned".' },
  { id: 'disk', pattern: /No space left on device|Disk quota exceeded/, cause: 'The disk is full.', advice: 'Make room, or work elsewhere: --keep-workdir DIR, TMPDIR.' },
  { id: 'memory', pattern: /MemoryError|std::bad_alloc|Cannot allocate memory/, cause: 'Memory does not suffice.', advice: 'Close other programs, calibrate with fewer pictures, or take a smaller input.' },
];

/** What tools say without meaning harm. */
const NOISE: readonly RegExp[] = [/DSP_INFO UNSUPPORTED_KEY/, /failed to close queue/, /MaxPool.*unsupported version|unsupported version.*MaxPool/i, /Only numerical type cast is supported/];

/** Entries whose text stands in an output; noise is not looked at. */
export function knownErrors(output: string): readonly KnownError[] {
  const text = withoutNoise(output);
  return KNOWN_ERRORS.filter(({ pattern }) => pattern.test(text)).slice(0, 2);
}

/** The output without lines that mean no harm. */
export function withoutNoise(output: string): string {
  return output.split('\n').filter((line) => !NOISE.some((pattern) => pattern.test(line))).join('\n');
}

/** Operators that a tool left in float although integers were asked for. */
export function fallbacksIn(output: string): string[] {
  return [...output.matchAll(/Following OPs fallback to float:?\s*(.*)/gi)].flatMap(([, list]) => {
    const names = (list ?? '').replaceAll(/[[\]'"]/g, '').split(/[,\s]+/).filter((name) => name !== '');
    return names.length > 0 ? names : ['(not named)'];
  });
}
