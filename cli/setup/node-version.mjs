import { SetupError } from './say.mjs';

/** Throws SetupError where this Node is none that `range` (package.json `engines.node`) allows. */
export function requireNode(range, version = process.versions.node) {
  if (satisfies(range, version)) return;
  throw new SetupError(`Node ${version} does not run dyno: it needs ${range}.`, [
    'Install a current LTS release from https://nodejs.org (or: nvm install --lts), then run the command again.',
  ]);
}

/** Understands what `engines` uses here: `^A.B.C` and `>=A.B.C`, joined by `||`. */
export function satisfies(range, version) {
  const have = numbers(version);
  return range.split('||').some((part) => {
    const match = /^(\^|>=)(\d+\.\d+\.\d+)$/.exec(part.trim());
    if (!match) throw new Error(`engines.node: cannot read "${part.trim()}"`);
    const floor = numbers(match[2]);
    return atLeast(have, floor) && (match[1] === '>=' || have[0] === floor[0]);
  });
}

function numbers(version) {
  return version.split('-')[0].split('.').map(Number);
}

function atLeast(have, floor) {
  const first = have.findIndex((part, i) => part !== floor[i]);
  return first < 0 || have[first] > floor[first];
}
