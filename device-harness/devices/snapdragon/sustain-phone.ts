import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SustainedRecord } from '../../../models/contracts/records.ts';
import type { SustainedLoad, Variant } from '../device.ts';
import type { Deployed } from './deploy.ts';
import { HTP_FILES, PERF_PROFILES } from './htp-settings.ts';
import { healthText, readPhoneHealth } from './phone-health.ts';
import { readPower } from './phone-power.ts';
import { readThroughput, throughputConfig } from './throughput.ts';
import { toolFailure } from './tool-failure.ts';
import type { Workplace } from './workplace.ts';

type Sustained = Omit<SustainedRecord, 'variant' | 'device' | 'unit' | 'evidence'>;

const PROGRAM = 'qnn-throughput-net-run';
const CONFIG = 'frames.json';
const RESULTS = 'results.json';
const MOST_SAMPLES = 1000;

/**
 * A model at a frame rate, by `qnn-throughput-net-run`. Energy is that of the whole phone, the current times the voltage of its battery summed over
 * the looks at it; with a charger plugged in it is not known.
 */
export async function sustainPhone(place: Workplace, variant: Variant, unit: string, load: SustainedLoad, allowanceMs: number, signal?: AbortSignal): Promise<Sustained> {
  const { link } = place.options;
  const deployed = await place.deployed(variant, unit, signal, [PROGRAM]);
  const config = await sendConfig(place, deployed, unit, load, signal);
  const health: { atSeconds: number; text: string }[] = [];
  const power: { atMs: number; watts: number }[] = [];
  const start = performance.now();
  const look = async (): Promise<void> => {
    const [now, watts] = [await readPhoneHealth(link, signal), await readPower(link, signal)];
    const atMs = performance.now() - start;
    health.push({ atSeconds: atMs / 1000, text: healthText(now) ?? 'unknown' });
    if (watts !== null && now.plugged !== true) power.push({ atMs, watts });
  };
  await look();
  const command = [`./${PROGRAM}`, '--config', config, '--output', `{run}/${RESULTS}`];
  const launch = await place.launcher.run({ folder: deployed.folder, command, limitMs: allowanceMs + 2000 * load.seconds, onPoll: look }, signal);
  const results = launch.files.includes(RESULTS) ? (await link.shell(`cat ${launch.folder}/${RESULTS}`, signal ? { signal } : {})).output : '';
  await place.launcher.remove(launch);
  await look();
  const figures = launch.code === 0 ? readThroughput(launch.log, results, load.framesPerSecond) : null;
  if (!figures) throw toolFailure(PROGRAM, launch.code === 0 ? 'ended with exit code 0 and said nothing of inferences' : `ended with exit code ${launch.code}`, command, launch.log);
  return {
    framesPerSecond: load.framesPerSecond, seconds: figures.seconds, frames: figures.frames, missed: figures.missed, samples: thinned(figures.samples), cpuSeconds: launch.cpuSeconds,
    energyJoules: energy(power), health,
    warnings: [...(figures.samples.length === 0 ? ['The tool keeps no times of single frames.'] : []), ...(power.length < 2 ? ['The phone does not tell its current, or is plugged in: energy is unknown.'] : [])],
  };
}

/** Every n-th, so that at most 1,000 are left. */
function thinned(samples: readonly number[]): readonly number[] {
  const step = Math.ceil(samples.length / MOST_SAMPLES);
  return step <= 1 ? samples : samples.filter((_, i) => i % step === 0);
}

async function sendConfig({ options: { scratch, perf, link }, store }: Workplace, deployed: Deployed, unit: string, load: SustainedLoad, signal?: AbortSignal): Promise<string> {
  const htp = unit === 'htp';
  const config = throughputConfig({
    backend: {
      name: unit, library: `libQnn${{ htp: 'Htp', gpu: 'Gpu', cpu: 'Cpu' }[unit]}.so`, perfProfile: PERF_PROFILES[perf], extensions: htp ? 'libQnnHtpNetRunExtensions.so' : null,
      config: htp ? HTP_FILES.levelTwo : null,
    },
    model: { path: deployed.model, cached: deployed.artifact.form === 'context-binary' }, inputList: 'input_list.txt', ...load,
  });
  const file = join(scratch, CONFIG);
  await writeFile(file, JSON.stringify(config));
  const options = signal ? { signal } : {};
  const stored = await store.put(file, options);
  await link.shell(`ln -sf ${stored} ${deployed.folder}/${CONFIG}`, options);
  return CONFIG;
}

/** Trapezoids between the looks; null below two of them. */
function energy(power: readonly { atMs: number; watts: number }[]): number | null {
  if (power.length < 2) return null;
  return power.slice(1).reduce((joules, now, index) => {
    const before = power[index] as { atMs: number; watts: number };
    return joules + ((now.watts + before.watts) / 2) * ((now.atMs - before.atMs) / 1000);
  }, 0);
}
