import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StartReply, StartRequest } from './protocol.ts';

process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.once('message', (request) => {
  start(request as StartRequest).then(() => reply({ ok: true }), (error: unknown) => reply({ ok: false, message: error instanceof Error ? error.message : String(error) }));
});

/** Appium in this process, which ends with the one that started it: a killed `dyno` leaves no server behind. */
async function start({ appium, home, port, drivers, allowInsecure, logFile, environment }: StartRequest): Promise<void> {
  Object.assign(process.env, environment, { APPIUM_HOME: home });
  const { main } = (await import(pathToFileURL(join(appium, 'build', 'lib', 'main.js')).href)) as { main(args: object): Promise<unknown> };
  await main({
    appiumHome: home, address: '127.0.0.1', port, useDrivers: drivers, allowInsecure, log: logFile, loglevel: 'error:debug', logNoColors: true, logTimestamp: true,
  });
}

function reply(message: StartReply): void {
  process.send?.(message);
}
