import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';

/** An installed Qualcomm AI Engine Direct (QNN) or AI Runtime (QAIRT) SDK. */
export interface QnnSdk {
  readonly root: string;
  /** Where it was named: `--sdk`, `QAIRT_SDK_ROOT`, `QNN_SDK_ROOT`, or the folder that was looked into. */
  readonly from: string;
  /** `2.37.0.250724`; null where the SDK does not say. */
  readonly version: string | null;
  /** Folder of programs for this machine, e.g. `x86_64-linux-clang`; null where it has none. */
  readonly host: string | null;
  /** Programs for this machine. */
  readonly tools: readonly string[];
  /** Hexagon versions whose skeleton library is there: `v68`, `v73`, … */
  readonly hexagon: readonly string[];
  /** Whether the programs and libraries for Android are there. */
  readonly android: boolean;
  /** True for one of ours (device-harness/virtual/qnn-sdk): what it makes is simulated. */
  readonly standIn?: boolean;
}

const HOSTS: Readonly<Record<string, string>> = { 'linux-x64': 'x86_64-linux-clang', 'win32-x64': 'x86_64-windows-msvc', 'win32-arm64': 'aarch64-windows-msvc' };

/** Variable that names the Android NDK. */
export const ANDROID_NDK = 'ANDROID_NDK_ROOT';

/** Android programs and libraries of every SDK. */
export const ANDROID = 'aarch64-android';

/**
 * The SDK to use: the one named, else `QAIRT_SDK_ROOT`, else `QNN_SDK_ROOT`, else the newest in the folders where installers put it. Null where
 * there is none; throws UserError for a named folder that holds no SDK.
 */
export function findSdk(named: string | null, environment: NodeJS.ProcessEnv = process.env): QnnSdk | null {
  const given = [['--sdk', named], ['QAIRT_SDK_ROOT', environment['QAIRT_SDK_ROOT']], ['QNN_SDK_ROOT', environment['QNN_SDK_ROOT']]] as const;
  for (const [from, root] of given) {
    if (!root) continue;
    if (!isSdk(root)) throw new UserError(`${from} is ${root}, which holds no QNN or QAIRT SDK.`, ['Name the folder that holds bin, lib and include, e.g. /opt/qcom/aistack/qairt/2.37.0.250724.']);
    return readSdk(root, from);
  }
  const usual = usualFolders(environment).flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []));
  const newest = usual.filter(isSdk).map((root) => readSdk(root, root)).sort((a, b) => compareVersions(b.version ?? '0', a.version ?? '0'));
  return newest[0] ?? null;
}

/** Path of a program for this machine. Throws UserError where the SDK has none. */
export function toolPath(sdk: QnnSdk, tool: string): string {
  const name = sdk.tools.find((file) => file === tool || file === `${tool}.exe`);
  if (sdk.host === null || name === undefined) throw new UserError(`The SDK in ${sdk.root} has no ${tool} for this machine.`, ['Its tools run on Linux and Windows, x86-64. dyno doctor qnn lists what is there.']);
  return join(sdk.root, 'bin', sdk.host, name);
}

/** Dotted numbers compared part by part: positive when `a` is the newer one. Build strings such as `v2.51.0.260929181845` are read as well. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => (text.match(/\d+/g) ?? []).map((part, i) => Number(i === 3 ? part.slice(0, 6) : part))) as [number[], number[]];
  for (let i = 0; i < Math.min(4, Math.max(left.length, right.length)); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function usualFolders(environment: NodeJS.ProcessEnv): string[] {
  return ['/opt/qcom/aistack/qairt', '/opt/qcom/aistack/qnn', join(environment['HOME'] ?? homedir(), 'qairt'), 'C:\\Qualcomm\\AIStack\\QAIRT', 'C:\\Qualcomm\\AIStack\\QNN'];
}

function isSdk(root: string): boolean {
  return existsSync(join(root, 'bin')) && existsSync(join(root, 'lib')) && (existsSync(join(root, 'sdk.yaml')) || existsSync(join(root, 'include', 'QNN')));
}

function readSdk(root: string, from: string): QnnSdk {
  const host = HOSTS[`${process.platform}-${process.arch}`] ?? null;
  const tools = host === null ? [] : namesIn(join(root, 'bin', host));
  const hexagon = namesIn(join(root, 'lib')).flatMap((folder) => {
    const version = /^hexagon-(v\d+)$/.exec(folder)?.[1];
    return version && namesIn(join(root, 'lib', folder, 'unsigned')).some((file) => /^libQnnHtpV\d+Skel\.so$/.test(file)) ? [version] : [];
  });
  return { root, from, version: versionOf(root), host: tools.length > 0 ? host : null, tools, hexagon: hexagon.sort(), android: existsSync(join(root, 'bin', ANDROID, 'qnn-net-run')), ...(isStandIn(root) ? { standIn: true } : {}) };
}

function versionOf(root: string): string | null {
  const file = join(root, 'sdk.yaml');
  const stated = existsSync(file) ? /^\s*version:\s*["']?v?([\d.]+)/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
  return stated ?? /(\d+\.\d+\.\d+(?:\.\d+)?)[/\\]?$/.exec(root)?.[1] ?? null;
}

function isStandIn(root: string): boolean {
  const file = join(root, 'sdk.yaml');
  return existsSync(file) && /^stand_in:/m.test(readFileSync(file, 'utf8'));
}

/** How messages call an SDK. */
export function sdkName({ root, version, standIn }: QnnSdk): string {
  return `${standIn ? 'stand-in of ' : ''}SDK ${version ?? root}`;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
