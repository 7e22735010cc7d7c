import type { Reply } from './worker-channel.ts';

/** Thrown in a worker where the caller's request is at fault; arrives as a UserError. */
export class RequestFault extends Error {
  readonly nextSteps: readonly string[];

  constructor(message: string, nextSteps: readonly string[] = []) {
    super(message);
    this.nextSteps = nextSteps;
  }
}

/** Thrown in a worker where the runtime refused; `output` holds its own words. Arrives as an ExternalError. */
export class RuntimeFault extends Error {
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

/**
 * The child's half of a `WorkerChannel`: answers each message with what `handle` returns or throws, ends when the parent is gone,
 * and leaves Ctrl-C to the parent, who gets it too.
 */
export function serve<Request, Value>(handle: (request: Request) => Promise<Value>): void {
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('message', (request) => {
    handle(request as Request).then(
      (value) => send({ ok: true, value }),
      (error: unknown) => send(failure(error)),
    );
  });
}

function send(reply: Reply<unknown>): void {
  process.send?.(reply);
}

function failure(error: unknown): Reply<never> {
  if (error instanceof RequestFault) return { ok: false, fault: 'user', message: error.message, output: '', nextSteps: error.nextSteps };
  if (error instanceof RuntimeFault) return { ok: false, fault: 'external', message: error.message, output: error.output, nextSteps: [] };
  const [message, trace] = error instanceof Error ? [error.message, error.stack ?? ''] : [String(error), ''];
  return { ok: false, fault: 'external', message: `The worker failed: ${message}`, output: trace, nextSteps: [] };
}
