import type { Answer } from '../../models/contracts/events.ts';

/** What a run in progress can be asked to do. Each says whether it is taken up; what became of it comes as events. */
export interface Steerable {
  /** Leaves out a step that waits or runs. What needs it is left out as well, and what can do with less goes on. */
  skip(step: string): boolean;
  /** Does a step after all that was left out, and again what went on without it. */
  retry(step: string): boolean;
  /** Takes a device out of the running step; the others go on. */
  stopDevice(device: string): boolean;
  /** Answers the question that a failed step asked. */
  answer(step: string, answer: Answer): boolean;
}

/** Ties a front end to the run that it shows. One for each session: a run serves it, a front end attends. */
export class RunControl implements Steerable {
  #run: Steerable | null = null;
  #attending = 0;

  /** Somebody is there to answer questions. Without, a step that fails ends the run. */
  get isAttended(): boolean {
    return this.#attending > 0;
  }

  /** A front end says that it shows questions and hands on answers, until it calls what it gets. */
  attend(): () => void {
    this.#attending++;
    return () => {
      this.#attending--;
    };
  }

  /** A run takes wishes from here, until it calls what it gets. */
  serve(run: Steerable): () => void {
    this.#run = run;
    return () => {
      if (this.#run === run) this.#run = null;
    };
  }

  skip(step: string): boolean {
    return this.#run?.skip(step) ?? false;
  }

  retry(step: string): boolean {
    return this.#run?.retry(step) ?? false;
  }

  stopDevice(device: string): boolean {
    return this.#run?.stopDevice(device) ?? false;
  }

  answer(step: string, answer: Answer): boolean {
    return this.#run?.answer(step, answer) ?? false;
  }
}
