import { createHash } from 'node:crypto';
import { UserError } from '../../models/contracts/errors.ts';
import type { BlockSpec } from '../devices/device.ts';
import { healthOf, type PhoneHealth } from '../devices/snapdragon/phone-health.ts';
import { type PhoneInfo, phoneInfoOf } from '../devices/snapdragon/phone-info.ts';
import { type PackedModel, type PackedUnit, type PackPlan, readSealedPlan } from './plan.ts';
import { readTar } from './tar.ts';

/** What came back from a phone elsewhere, checked and not yet understood. */
export interface PackResults {
  readonly planId: string;
  readonly plan: PackPlan;
  readonly info: PhoneInfo;
  readonly launches: readonly PackedLaunch[];
}

/** One model on one unit. */
export interface PackedLaunch {
  readonly model: PackedModel;
  readonly unit: string;
  readonly packed: PackedUnit;
  /** The short launch before the blocks. */
  readonly pilot: Ended;
  /** Inferences of each block: warm-up, timed, all with the first; null where the pilot failed. */
  readonly runs: { readonly warmUp: number; readonly timed: number; readonly total: number } | null;
  /** Raw output files of the first block by their names there. */
  readonly outputs: ReadonlyMap<string, Uint8Array>;
  readonly blocks: readonly PackedBlock[];
}

/** How a launch ended, and what it left. */
export interface Ended {
  /** Exit code; null where it vanished or did not end in time. */
  readonly code: number | null;
  readonly log: string;
  readonly profile: Uint8Array | null;
}

export interface PackedBlock extends Ended {
  readonly spec: BlockSpec;
  readonly startedAt: string;
  readonly before: PhoneHealth;
  readonly after: PhoneHealth;
  /** SHA-256 of the raw output files by their names. */
  readonly hashes: ReadonlyMap<string, string>;
}

const AGAIN = ['Take results.tar.gz as run.sh wrote it, whole.'];

/**
 * Reads `results.tar.gz` of a bundle. Throws UserError for an archive of something else, for files that were changed, and for launches that are
 * missing.
 */
export function readResults(path: string): PackResults {
  const files = resultFiles(path);
  assertHashes(files, path);
  const text = (name: string): string => Buffer.from(need(files, name, path)).toString('utf8');
  const { id, plan } = readSealedPlan(text('plan.json'), path);
  if (text('plan-id.txt').trim() !== id) throw new UserError(`The results in ${path} belong to another bundle than the plan beside them.`, AGAIN);
  const properties = new Map(text('phone.txt').split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).trim()] as const));
  const launches = plan.models.flatMap((model) => Object.entries(model.units).map(([unit, packed]) => ({ model, unit, packed })));
  return {
    planId: id, plan, info: phoneInfoOf(text('serial.txt').trim(), (name) => properties.get(name) ?? ''),
    launches: launches.map((launch, index) => readLaunch(files, plan, launch, index, path)),
  };
}

/** Files below `results/`. */
function resultFiles(path: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map([...readTar(path)].flatMap(([name, content]) => (name.startsWith('results/') ? [[name.slice('results/'.length), content] as const] : [])));
  if (files.has('plan.json') && files.has('SHA256SUMS')) return files;
  throw new UserError(`${path} holds no results of a bundle.`, ['Name the results.tar.gz that run.sh writes at its end; the bundle itself is what goes to the phone.']);
}

/** Every file as it was when the script ended, and no others. */
function assertHashes(files: ReadonlyMap<string, Uint8Array>, path: string): void {
  const stated = new Map(Buffer.from(files.get('SHA256SUMS') as Uint8Array).toString('utf8').split('\n').flatMap((line) => {
    const found = /^([0-9a-f]{64}) [ *](?:\.\/)?(.+)$/.exec(line);
    return found ? [[found[2] as string, found[1] as string] as const] : [];
  }));
  for (const [name, hash] of stated) {
    const content = files.get(name);
    if (!content) throw new UserError(`${path} lacks ${name}.`, AGAIN);
    if (createHash('sha256').update(content).digest('hex') !== hash) throw new UserError(`${name} in ${path} was changed.`, AGAIN);
  }
  const stray = [...files.keys()].find((name) => name !== 'SHA256SUMS' && !stated.has(name));
  if (stray !== undefined) throw new UserError(`${path} holds ${stray}, which run.sh did not write.`, AGAIN);
}

function readLaunch(files: ReadonlyMap<string, Uint8Array>, plan: PackPlan, launch: Pick<PackedLaunch, 'model' | 'unit' | 'packed'>, index: number, path: string): PackedLaunch {
  const pilot = readEnded(files, `pilots/${index}`, path);
  const runs = files.has(`pilots/${index}/plan.txt`) ? runsOf(Buffer.from(files.get(`pilots/${index}/plan.txt`) as Uint8Array).toString('utf8'), path) : null;
  const specs = plan.blocks.filter(({ variant, unit }) => variant === launch.model.id && unit === launch.unit);
  const folder = `outputs/${index}/`;
  const outputs = new Map([...files].flatMap(([name, content]) => (name.startsWith(folder) ? [[name.slice(folder.length), content] as const] : [])));
  return { ...launch, pilot, runs, outputs, blocks: runs === null ? [] : specs.map((spec) => readBlock(files, spec, path)) };
}

function readBlock(files: ReadonlyMap<string, Uint8Array>, spec: BlockSpec, path: string): PackedBlock {
  const folder = `blocks/${String(spec.order).padStart(5, '0')}`;
  if (!files.has(`${folder}/code.txt`)) throw new UserError(`The results in ${path} are incomplete: launch ${spec.order + 1}, ${spec.variant} on ${spec.unit}, is missing.`, ['Run run.sh again: it goes on where it was.']);
  const text = (name: string): string => Buffer.from(need(files, `${folder}/${name}`, path)).toString('utf8');
  const hashes = Buffer.from(files.get(`${folder}/hashes.txt`) ?? new Uint8Array()).toString('utf8').split('\n').flatMap((line) => {
    const found = /^([0-9a-f]{64})\s+(.+)$/.exec(line.trim());
    return found ? [[found[2] as string, found[1] as string] as const] : [];
  });
  return { ...readEnded(files, folder, path), spec, startedAt: text('started.txt').trim(), before: healthOf(text('before.txt')), after: healthOf(text('after.txt')), hashes: new Map(hashes) };
}

function readEnded(files: ReadonlyMap<string, Uint8Array>, folder: string, path: string): Ended {
  const code = Buffer.from(need(files, `${folder}/code.txt`, path)).toString('utf8').trim();
  return { code: /^\d+$/.test(code) ? Number(code) : null, log: Buffer.from(files.get(`${folder}/log.txt`) ?? new Uint8Array()).toString('utf8'), profile: files.get(`${folder}/profile.log`) ?? null };
}

function runsOf(text: string, path: string): PackedLaunch['runs'] {
  const numbers = text.trim().split(/\s+/).map(Number);
  const [warmUp, timed, total] = numbers;
  if (numbers.length !== 3 || warmUp === undefined || timed === undefined || total !== 1 + warmUp + timed) throw new UserError(`The numbers of inferences in ${path} do not add up.`, AGAIN);
  return { warmUp, timed, total };
}

function need(files: ReadonlyMap<string, Uint8Array>, name: string, path: string): Uint8Array {
  const content = files.get(name);
  if (content) return content;
  throw new UserError(`The results in ${path} are incomplete: ${name} is missing.`, ['Run run.sh again: it goes on where it was.']);
}
