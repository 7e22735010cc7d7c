import { ExternalError } from '../../models/contracts/index.ts';
import type { Requirements } from './requirements.ts';

interface Known {
  readonly pattern: RegExp;
  readonly message: string;
  readonly nextSteps: readonly string[];
}

/** Texts of pip 23 to 26, of uv 0.9 to 0.13 and of Python's venv, most telling first: pip also says "No matching distribution" when the network is away. */
const KNOWN: readonly Known[] = [
  {
    pattern: /No space left on device|Errno 28|not enough (?:disk )?space|Disk quota exceeded/i,
    message: 'The disk is full.',
    nextSteps: ['Free 2 GB, or point DYNO_CACHE (and TMPDIR) at another disk.'],
  },
  {
    pattern: /ensurepip is not available|No module named '?(?:venv|ensurepip)/,
    message: 'This Python cannot make environments: its venv module is missing.',
    nextSteps: ['Debian and Ubuntu: sudo apt install python3-venv. Or install uv (https://docs.astral.sh/uv), which needs no venv module.'],
  },
  {
    pattern: /DO NOT MATCH THE HASHES|Hash mismatch/i,
    message: 'The package index serves other files than the ones pinned here.',
    nextSteps: ['Use https://pypi.org/simple or a faithful mirror of it (pip config list, PIP_INDEX_URL).'],
  },
  {
    pattern: /NewConnectionError|NameResolutionError|Temporary failure in name resolution|ConnectTimeout|ConnectionError|ProxyError|SSLError|CERTIFICATE_VERIFY_FAILED|Connection (?:refused|reset)|Retrying \(|dns error|error sending request|timed out|Failed to fetch/i,
    message: 'The package index cannot be reached.',
    nextSteps: ['Check the network, HTTPS_PROXY and the index (pip config list; PIP_INDEX_URL names a mirror).'],
  },
  {
    pattern: /No matching distribution|no (?:usable )?wheels|no versions? of/i,
    message: 'There is no wheel of a package for this platform.',
    nextSteps: ['Wheels exist for Linux with glibc 2.35 (x64, arm64), Windows and macOS, Python 3.11 to 3.13.'],
  },
];

/** An installer's failure in words: what it comes down to, and what helps. Its last lines stay in the error. */
export function installFailure(command: string, output: string, { title, command: again }: Pick<Requirements, 'title' | 'command'>): ExternalError {
  const known = KNOWN.find(({ pattern }) => pattern.test(output));
  const message = `${title} could not be installed. ${known?.message ?? ''}`.trim();
  return new ExternalError(message, command, output, [...(known?.nextSteps ?? ['Read what the installer said, below.']), `Then: ${again}.`]);
}

/** The package that has no wheel for this platform, by what the installer says; null where something else is wrong. */
export function packageWithoutWheel(error: unknown): string | null {
  if (!(error instanceof ExternalError) || !error.message.includes('no wheel')) return null;
  const pip = /No matching distribution found for ([A-Za-z0-9_.-]+?)(?:==|\s|$)/.exec(error.output);
  const uv = /Because ([A-Za-z0-9_.-]+)(?:\{[^}]*\})?==\S+ has no (?:usable )?wheels/.exec(error.output);
  return (pip ?? uv)?.[1]?.toLowerCase() ?? null;
}
