import type { PhoneSession } from '../appium/session.ts';

/** Commands are sent so often that two of them may get lost. */
const BEATS_PER_LIMIT = 3;

/** A session that sends `beat` whenever nothing else was sent for a third of the farm's idle limit. What a beat answers, or how it fails, is nobody's business. */
export function keptAwake(session: PhoneSession, beat: (session: PhoneSession) => Promise<unknown>, limitSeconds: number): PhoneSession {
  const everyMs = (1000 * limitSeconds) / BEATS_PER_LIMIT;
  let underWay = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const rest = (): void => {
    clearTimeout(timer);
    if (!closed && underWay === 0) timer = setTimeout(() => void busy(() => beat(session)).catch(() => undefined), everyMs).unref();
  };
  const busy = async <T>(work: () => Promise<T>): Promise<T> => {
    underWay++;
    clearTimeout(timer);
    try {
      return await work();
    } finally {
      underWay--;
      rest();
    }
  };
  rest();
  return {
    id: session.id,
    capabilities: session.capabilities,
    execute: (command, args) => busy(() => session.execute(command, args)),
    pushFile: (path, bytes) => busy(() => session.pushFile(path, bytes)),
    pullFile: (path) => busy(() => session.pullFile(path)),
    close: () => {
      closed = true;
      return busy(() => session.close());
    },
  };
}
