import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findAdb } from '../../../converters/toolchain/find-adb.ts';
import { Adb } from '../../../device-harness/adb/adb.ts';
import { freePort } from '../../../device-harness/adb/free-port.ts';
import { warmed } from '../../../device-harness/virtual/android/phone-body.ts';
import { VirtualPhone } from '../../../device-harness/virtual/android/virtual-phone.ts';
import { processesOn } from '../../../device-harness/virtual/android/phone-processes.ts';

const program = findAdb();
const folder = mkdtempSync(join(tmpdir(), 'dyno-life-'));
const linux = process.platform === 'linux';

describe.skipIf(program === null)('the life of a virtual phone below the real adb (needs adb: dyno setup python)', () => {
  let phone: VirtualPhone;
  let adb: Adb;
  const shell = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await adb.shell(phone.serial, command);
    expect([code, stderr], command).toEqual([0, '']);
    return stdout;
  };

  beforeAll(async () => {
    phone = await VirtualPhone.start({ folder: join(folder, 'phone'), soc: 'SM8650' });
    adb = new Adb({ program: program as string, environment: { ...process.env, ANDROID_ADB_SERVER_PORT: String(await freePort()) } });
    await adb.connect(phone.serial);
  }, 60_000);
  afterAll(async () => {
    await adb.killServer();
    await phone.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => phone.change({ link: {}, thermalStatus: 0 }));

  test('the kernel\'s files: chip, clock policy, zones, battery', async () => {
    expect(await shell('cat /sys/devices/soc0/soc_id /sys/devices/system/cpu/cpu6/cpufreq/scaling_governor')).toBe('557\nwalt\n');
    expect(await shell('for z in /sys/class/thermal/thermal_zone*; do echo "$(cat $z/type) $(cat $z/temp)"; done')).toContain('nsphvx-0 33000\n');
    phone.change({ battery: { level: 50, celsius: 30, plugged: false } });
    expect(Number(await shell('cat /sys/class/power_supply/battery/current_now'))).toBeLessThan(-100_000);
    const states = async (): Promise<number> => [...(await shell('cat /sys/devices/system/cpu/cpu0/cpufreq/stats/time_in_state')).matchAll(/ (\d+)$/gm)].reduce((sum, [, ticks]) => sum + Number(ticks), 0);
    const before = await states();
    await expect.poll(states).toBeGreaterThan(before);
  });

  test('a thermal status that is overridden, as on a real phone, until it is reset', async () => {
    const status = async (): Promise<string | undefined> => /Thermal Status: (\d)/.exec(await shell('dumpsys thermalservice'))?.[1];
    await shell('cmd thermalservice override-status 4');
    expect(await status()).toBe('4');
    await shell('cmd thermalservice reset');
    expect(await status()).toBe('0');
  });

  test.skipIf(!linux)('a program at work warms the phone, and a phone at rest cools down (needs /proc)', async () => {
    phone.change({ heat: { perSecond: 40, cooling: 0.1 } });
    const npu = async (): Promise<number> => Number(/mValue=([\d.]+), mType=9/.exec((await shell('dumpsys thermalservice')).split('HAL:')[1] as string)?.[1]);
    const drawn = async (): Promise<number> => -Number(await shell('cat /sys/class/power_supply/battery/current_now'));
    const idle = await drawn();
    const mark = join(folder, 'phone', 'state', 'load');
    await shell('true');
    mkdirSync(mark, { recursive: true });
    writeFileSync(join(mark, String(process.pid)), '');
    await expect.poll(npu, { timeout: 10_000 }).toBeGreaterThan(50);
    expect(await drawn()).toBeGreaterThan(3 * idle);
    rmSync(join(mark, String(process.pid)));
    const hottest = await npu();
    await expect.poll(npu, { timeout: 10_000 }).toBeLessThan(hottest - 1);
    expect(await drawn()).toBeLessThan(2 * idle);
    phone.change({ temperatures: { CPU: 34, GPU: 33, battery: 29, skin: 31, NPU: 33 } });
  });

  test('marks of programs that were killed count for nothing', async () => {
    const mark = join(folder, 'phone', 'state', 'load');
    mkdirSync(mark, { recursive: true });
    writeFileSync(join(mark, '99999999'), '');
    await shell('true');
    expect(readdirSync(mark)).toEqual([]);
  });

  test.skipIf(!linux)('its processes are its own: found by name, ended by name, and by a restart whatever session they made (needs /proc)', async () => {
    await shell('setsid sleep 300 </dev/null >/dev/null 2>&1 & sleep 0.2');
    const pid = (await shell('pidof sleep')).trim();
    expect(await shell(`ps -p ${pid}`)).toContain(' sleep');
    expect(await shell('pgrep sleep')).toBe(`${pid}\n`);
    expect((await adb.shell(phone.serial, 'pidof node; pgrep vitest')).stdout).toBe('');
    await shell('setsid sh -c "while true; do sleep 5; done" </dev/null >/dev/null 2>&1 & sleep 0.2; pkill sleep');
    await shell('echo kept > /data/local/tmp/kept');
    expect(processesOn(phone.root).length).toBeGreaterThan(0);
    await phone.reboot(50);
    expect(processesOn(phone.root)).toEqual([]);
    await adb.connect(phone.serial);
    expect(await shell('cat /data/local/tmp/kept')).toBe('kept\n');
    expect((await adb.shell(phone.serial, `ps -p ${pid}`)).code).toBe(1);
  });

  test('a cable that is pulled after so many bytes: the push fails, nothing of the file stays, and it works again afterwards', async () => {
    const big = join(folder, 'big');
    writeFileSync(big, Buffer.alloc(8_000_000, 7));
    phone.change({ link: { bytesUntilUnplugged: 3_000_000 } });
    await expect(adb.push(phone.serial, big, '/data/local/tmp/big')).rejects.toThrow();
    await expect.poll(() => readdirSync(join(phone.root, 'data/local/tmp')).filter((name) => name.startsWith('big'))).toEqual([]);
    await phone.plug();
    await adb.connect(phone.serial);
    await adb.push(phone.serial, big, '/data/local/tmp/big');
    expect(await shell('wc -c < /data/local/tmp/big')).toBe('8000000\n');
  });

  test('a slow link', async () => {
    const some = join(folder, 'some');
    writeFileSync(some, Buffer.alloc(400_000));
    phone.change({ link: { bytesPerSecond: 1_000_000 } });
    const start = performance.now();
    await adb.push(phone.serial, some, '/data/local/tmp/some');
    expect(performance.now() - start).toBeGreaterThan(380);
  });

  test('absolute paths: on the command line, in lists, and in scripts that sh runs; never twice, and never in the middle of a word', async () => {
    await shell('mkdir -p /data/local/tmp/paths && cd /data/local/tmp/paths && echo here > a.txt');
    expect(await shell('D=/data/local/tmp/paths; export L="$D;/vendor/dsp/cdsp"; cat $D/a.txt; echo "$L" x/data/y ./data $D/data')).toBe('here\n/data/local/tmp/paths;/vendor/dsp/cdsp x/data/y ./data /data/local/tmp/paths/data\n');
    writeFileSync(join(phone.root, 'data/local/tmp/paths/run.sh'), '#!/system/bin/sh\nset -e\nD=/data/local/tmp/paths\ncd "$D"\ncat "/data/local/tmp/paths/a.txt"\necho "$0" "$1" "$D;/vendor/x"\ncd "$(dirname "$0")" && pwd\n');
    expect(await shell('sh /data/local/tmp/paths/run.sh one')).toBe('here\n/data/local/tmp/paths/run.sh one /data/local/tmp/paths;/vendor/x\n/data/local/tmp/paths\n');
  });

  test('a file for a folder that is not there is refused, and the phone lives on', async () => {
    const small = join(folder, 'small');
    writeFileSync(small, 'x');
    await expect(adb.push(phone.serial, small, '/data/local/tmp/not-there/')).rejects.toThrow(/Is a directory/);
    expect(await shell('echo alive')).toBe('alive\n');
  });
});

test('warming is by load and time, cooling by the distance from rest; a phone without heat stays as it is', () => {
  const state = { properties: {}, thermalStatus: 0, temperatures: { NPU: 33, skin: 31, battery: 29 }, battery: { level: 50, celsius: 29, plugged: true }, screenOn: true, freeBytes: 1 };
  expect(warmed(state, 10, 1)).toBe(state);
  const hot = warmed({ ...state, heat: { perSecond: 4, cooling: 0 } }, 10, 1);
  expect([hot.temperatures, hot.thermalStatus, hot.battery.celsius]).toEqual([{ NPU: 73, skin: 45, battery: 35 }, 2, 35]);
  const cooler = warmed({ ...hot, heat: { perSecond: 4, cooling: Math.LN2 } }, 1, 0);
  expect([cooler.temperatures, cooler.thermalStatus]).toEqual([{ NPU: 53, skin: 38, battery: 32 }, 0]);
});
