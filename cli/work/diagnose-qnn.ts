import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findClang, findLibcxx, findNdk } from '../../converters/qnn/build-tools.ts';
import { ANDROID_NDK, findSdk, type QnnSdk } from '../../converters/qnn/sdk.ts';
import { findSdkPython, neededPython } from '../../converters/qnn/sdk-python.ts';
import type { Diagnosis, Surroundings } from './diagnose.ts';

type Row = Diagnosis & { readonly title: string };

const GET_ONE = 'Download “Qualcomm AI Runtime SDK” (softwarecenter.qualcomm.com, with an account) and name its folder: --sdk DIR or QAIRT_SDK_ROOT. Without it, dyno compile makes context binaries.';

/** Tools by what they are for. */
const TOOLS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['older chain', ['qnn-onnx-converter', 'qnn-model-lib-generator', 'qnn-context-binary-generator']],
  ['newer chain', ['qairt-converter', 'qairt-quantizer', 'qnn-context-binary-generator']],
  ['reading results', ['qnn-context-binary-utility', 'qnn-profile-viewer']],
];
const HOST_LIBRARIES = ['libQnnHtp.so', 'libQnnHtpNetRunExtensions.so', 'libQnnModelDlc.so'];

/** The part of `dyno doctor qnn` that looks at the user's SDK and what its tools need. Nothing of it is needed for anything else. */
export async function diagnoseQnn({ env }: Pick<Surroundings, 'env'>, named: string | null, python: string | null): Promise<readonly Row[]> {
  const found = sdkAt(named, env);
  if (!('root' in found)) return [found];
  return [sdkRow(found), ...toolRows(found), librariesRow(found), await pythonRow(found, python, env), clangRow(env), libcxxRow(env), ndkRow(env), androidRow(found), skelRow(found)];
}

function sdkAt(named: string | null, env: NodeJS.ProcessEnv): QnnSdk | Row {
  const title = 'QNN SDK';
  try {
    return findSdk(named, env) ?? { title, state: 'optional', found: 'none', fix: GET_ONE };
  } catch (error) {
    return { title, state: 'missing', found: (error as Error).message, fix: GET_ONE };
  }
}

function sdkRow({ root, from, version, host, standIn }: QnnSdk): Row {
  const where = `${standIn ? 'stand-in of ' : ''}${version ?? 'of unknown version'} in ${root}${from === root ? '' : ` (${from})`}`;
  if (host !== null) return row('QNN SDK', `${where}, programs for ${host}`);
  return { title: 'QNN SDK', state: 'missing', found: `${where}, without programs for ${process.platform} ${process.arch}`, fix: 'Its converters run on Linux and Windows, x86-64: convert there, or let dyno compile make the context binary.' };
}

function toolRows({ tools }: QnnSdk): Row[] {
  return TOOLS.map(([title, names]) => {
    const missing = names.filter((name) => !tools.some((file) => file === name || file === `${name}.exe`));
    return missing.length === 0 ? row(title, names.join(', ')) : { title, state: 'missing', found: `without ${missing.join(', ')}`, fix: 'Install the whole SDK, or a version that has them (the newer chain came with 2.21).' };
  });
}

function librariesRow({ root, host }: QnnSdk): Row {
  const missing = HOST_LIBRARIES.filter((name) => !existsSync(join(root, 'lib', host ?? '', name)));
  if (missing.length === 0) return row('libraries here', `${HOST_LIBRARIES.length} of ${HOST_LIBRARIES.length}`);
  return { title: 'libraries here', state: 'missing', found: `lib/${host ?? '?'} lacks ${missing.join(', ')}`, fix: 'Install the whole SDK: contexts are compiled with them.' };
}

/** Where the package is called otherwise, or a version is known to work. */
const ON_PYPI: Readonly<Record<string, string>> = { yaml: 'pyyaml', onnx: 'onnx==1.16.2' };

async function pythonRow(sdk: QnnSdk, named: string | null, env: NodeJS.ProcessEnv): Promise<Row> {
  const title = 'Python of the SDK';
  const needed = neededPython(sdk);
  try {
    const { executable, minor, from, missing } = await findSdkPython(sdk, named, env);
    const found = `${minor} in ${executable}${from === executable ? '' : ` (${from})`}${needed === null ? '' : `, the SDK is built for ${needed}`}`;
    if (needed !== null && minor !== needed) return { title, state: 'missing', found, fix: `Name an interpreter of Python ${needed}: --python or DYNO_QNN_PYTHON.` };
    if (missing.length > 0) {
      const install = `${executable} -m pip install ${missing.map((name) => ON_PYPI[name] ?? name).join(' ')}`;
      return { title, state: 'missing', found: `${found}; without ${missing.join(', ')}`, fix: `Install what ${join(sdk.root, 'bin/check-python-dependency')} lists: ${install}` };
    }
    return row(title, found);
  } catch (error) {
    return { title, state: 'missing', found: (error as Error).message, fix: (error as { nextSteps?: readonly string[] }).nextSteps?.join(' ') ?? null };
  }
}

function clangRow(env: NodeJS.ProcessEnv): Row {
  const path = findClang(env);
  return path ? row('clang++', path) : { title: 'clang++', state: 'optional', found: 'not on the path', fix: 'The older chain compiles a model library for this machine with it: apt install clang. The newer chain needs none.' };
}

function libcxxRow(env: NodeJS.ProcessEnv): Row {
  const path = findLibcxx(env);
  return path ? row('libc++', path) : { title: 'libc++', state: 'optional', found: 'not in the usual folders', fix: 'The SDK’s programs are linked with it: apt install libc++1 libc++abi1.' };
}

function ndkRow(env: NodeJS.ProcessEnv): Row {
  const title = 'Android NDK';
  const ndk = findNdk(env);
  if (!ndk) return { title, state: 'optional', found: env[ANDROID_NDK] ? `${ANDROID_NDK} is ${env[ANDROID_NDK]}, which is not there` : `${ANDROID_NDK} is not set`, fix: `Only model libraries for phones need it: install r25c or r26c and set ${ANDROID_NDK}.` };
  const found = `${ndk.revision ?? 'of unknown release'} in ${ndk.root}`;
  return ndk.documented ? row(title, found) : { title, state: 'optional', found, fix: 'The SDK documents r25c and r26c; another may compile, too.' };
}

function androidRow({ android }: QnnSdk): Row {
  return android ? row('programs for phones', 'qnn-net-run') : { title: 'programs for phones', state: 'optional', found: 'bin/aarch64-android/qnn-net-run is not there', fix: 'Install the SDK’s Android parts: dyno bench on phones pushes it.' };
}

function skelRow({ hexagon }: QnnSdk): Row {
  const title = 'libraries for phones';
  return hexagon.length > 0 ? row(title, `Hexagon ${hexagon.join(', ')}`) : { title, state: 'optional', found: 'for no Hexagon version', fix: 'Take an SDK with lib/hexagon-vNN/unsigned: v79 came with 2.27, v81 with 2.42.' };
}

function row(title: string, found: string): Row {
  return { title, state: 'ok', found, fix: null };
}
