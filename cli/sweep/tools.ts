import type { Executor } from '../../models/contracts/executor.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { CompileCheck } from '../work/compile-for-check.ts';

/** Programs that several steps share, each opened when it is first needed. */
export class SweepTools {
  readonly env: NodeJS.ProcessEnv;
  #host: Executor | null = null;
  #compiler: CompileCheck | null = null;

  constructor(env: NodeJS.ProcessEnv) {
    this.env = env;
  }

  get host(): Executor {
    this.#host ??= createHostExecutor();
    return this.#host;
  }

  get compiler(): CompileCheck {
    this.#compiler ??= new CompileCheck(this.env);
    return this.#compiler;
  }

  async close(): Promise<void> {
    await this.#host?.close();
    await this.#compiler?.close();
  }
}
