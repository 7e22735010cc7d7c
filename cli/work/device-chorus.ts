import type { DeviceProgress, Emit } from '../../models/contracts/events.ts';
import type { DeviceRecord } from '../../models/contracts/records.ts';

/** What several devices say at the same time, told as one step and as a line for each device. */
export interface Chorus {
  /** For the schedule of one device: its progress becomes that device's, and part of the step's. */
  emitFor(device: string): Emit;
  profiling(device: string, note: string): void;
  done(device: string): void;
  lost(device: string, why: string): void;
  /** A person took it out, and it has come to rest. */
  stopped(device: string): void;
  warn(code: string, text: string): void;
}

/** With a single device everything is told as it is. */
export function chorusOf(id: string, devices: readonly DeviceRecord[], emit: Emit): Chorus {
  const states = new Map<string, DeviceProgress>(devices.map(({ device, label }) => [device, { device, label, phase: 'opening', done: 0, total: null, note: null, health: null }]));
  const several = devices.length > 1;
  const change = (device: string, part: Partial<DeviceProgress>): void => {
    const state = { ...(states.get(device) as DeviceProgress), ...part };
    states.set(device, state);
    if (!several) return;
    emit({ type: 'device', at: now(), id, device: state });
    const all = [...states.values()];
    const total = all.some((one) => one.total === null) ? null : all.reduce((sum, one) => sum + (one.total ?? 0), 0);
    emit({ type: 'step-progress', at: now(), id, done: all.reduce((sum, one) => sum + one.done, 0), total, note: null });
  };
  return {
    emitFor: (device) => (event) => {
      if (event.type === 'step-progress') {
        if (!several) emit(event);
        return change(device, { phase: 'measuring', done: event.done, total: event.total, note: event.note });
      }
      emit(event.type === 'warning' && several ? { ...event, text: `${device}: ${event.text}` } : event);
      if (event.type === 'block' && event.block.thermal !== null) change(device, { health: event.block.thermal });
    },
    profiling: (device, note) => {
      if (!several) emit({ type: 'step-progress', at: now(), id, done: 0, total: null, note });
      change(device, { phase: 'profiling', note });
    },
    done: (device) => {
      const { total, done } = states.get(device) as DeviceProgress;
      change(device, { phase: 'done', done: total ?? done, note: null });
    },
    stopped: (device) => change(device, { phase: 'stopped', note: 'taken out by hand' }),
    lost: (device, why) => change(device, { phase: 'lost', note: why }),
    warn: (code, text) => emit({ type: 'warning', at: now(), id, code, text, hint: null }),
  };
}

function now(): string {
  return new Date().toISOString();
}
