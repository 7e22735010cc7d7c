import { createHash } from 'node:crypto';
import { LAUNCHER_SCRIPT } from '../devices/snapdragon/launcher-script.ts';
import { netRunCommand } from '../devices/snapdragon/net-run.ts';
import { HEALTH_COMMAND } from '../devices/snapdragon/phone-health.ts';
import { ASKED_PROPERTIES } from '../devices/snapdragon/phone-info.ts';
import { quote } from '../devices/snapdragon/phone-link.ts';
import { PHONE_FOLDER } from '../devices/snapdragon/phone-store.ts';
import type { PackedUnit } from './plan.ts';
import { PILOT_RUNS } from './run-script.ts';

/** Scripts for the phone's shell by their hashes: what they say needs no quoting on the machine in between. */
export class PhoneScripts {
  readonly texts = new Map<string, string>();
  readonly launcher: string;
  readonly health: string;
  readonly phone: string;

  constructor() {
    this.launcher = this.#add(LAUNCHER_SCRIPT);
    this.health = this.#add(`${HEALTH_COMMAND}\n`);
    this.phone = this.#add(`${ASKED_PROPERTIES.map((name) => `echo "${name}=$(getprop ${name})"`).join('\n')}\n`);
  }

  /** Makes the folders that the commands stand for, and ends with the first that fails. */
  setup(commands: readonly string[]): string {
    return this.#add(`set -e\n${commands.join('\n')}\n`);
  }

  /** `sh SCRIPT RUN INFERENCES` starts a launch apart from the caller. */
  launch(unit: PackedUnit): string {
    return this.#add(`${start(unit)} ${command(unit, '"$1/output"', '"$2"')}\n`);
  }

  /** `sh SCRIPT RUN INFERENCES` starts a short and a long launch one after the other, with the clock around them, in nanoseconds. */
  pilot(unit: PackedUnit): string {
    const [short, long] = [command(unit, '"$1/output"', String(PILOT_RUNS)), command(unit, '"$1/long"', '"$2"')];
    const timed = this.#add(`t0=$(date +%s%N)\n${short} || exit $?\nt1=$(date +%s%N)\n${long} || exit $?\necho "$t0 $t1 $(date +%s%N)" > "$1/clock"\n`);
    return this.#add(`${start(unit)} sh ${storePath(timed)} "$1" "$2"\n`);
  }

  #add(text: string): string {
    const sha256 = createHash('sha256').update(text).digest('hex');
    this.texts.set(sha256, text);
    return sha256;
  }
}

function start({ folder }: PackedUnit): string {
  return `cd ${quote(folder)} && sh ${storePath(LAUNCHER_HASH)} start "$1"`;
}

const LAUNCHER_HASH = createHash('sha256').update(LAUNCHER_SCRIPT).digest('hex');

/** The command line of a launch; the two words that differ are given as the shell is to read them. */
function command({ args }: PackedUnit, outputs: string, runs: string): string {
  const [folderMark, runsMark] = ['{run}/output', '{runs}'];
  return netRunCommand(args, 'basic', runsMark).map((word) => (word === folderMark ? outputs : word === runsMark ? runs : quote(word))).join(' ');
}

function storePath(sha256: string): string {
  return `${PHONE_FOLDER}/store/${sha256}`;
}
