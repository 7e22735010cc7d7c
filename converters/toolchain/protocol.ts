/** What the worker says of itself when it starts. */
export interface Hello {
  readonly protocol: number;
  readonly python: string;
  readonly packages: Readonly<Record<string, string>>;
}

/**
 * Why a job gave no result. `exception`: Python raised; `crash`: the child died of what it did; `killed`: the child or the worker was ended
 * from outside; `worker`: the worker did not start, or ended by itself; the rest by name.
 */
export type FailureKind = 'exception' | 'crash' | 'killed' | 'worker' | 'timeout' | 'cancelled' | 'memory' | 'unknown-job';

export type JobReply =
  | { readonly id: number; readonly ok: true; readonly result: unknown; readonly seconds: number; readonly peak: number | null }
  | {
      readonly id: number; readonly ok: false; readonly seconds: number; readonly peak: number | null;
      readonly error: { readonly kind: FailureKind; readonly type?: string; readonly message: string; readonly output?: string };
    };

export const PROTOCOL = 1;

/** Reads one line of the worker. Null for what is neither greeting nor reply. */
export function readLine(line: string): { readonly hello: Hello } | JobReply | null {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof message !== 'object' || message === null) return null;
  if ('hello' in message) return message as { hello: Hello };
  return 'id' in message && 'ok' in message ? (message as JobReply) : null;
}
