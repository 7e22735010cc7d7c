import type { PhoneSession } from '../appium/session.ts';
import type { IphoneInfo } from '../devices/iphone/ask-phone.ts';
import { modelOf } from '../devices/iphone/product-types.ts';
import type { InstalledApp } from '../devices/iphone/usb/installed-app.ts';
import { RUNNER_BUNDLE_ID } from '../runner/index.ts';

interface DeviceInfo {
  readonly name?: string;
  readonly thermalState?: number;
  readonly lockdownInfo?: Readonly<Record<string, unknown>>;
}

/** Asks a session what lockdown would be asked where the phone is plugged in here. What it does not tell is null. */
export async function askFarmIphone(session: PhoneSession, udid: string, asksHeat: boolean): Promise<IphoneInfo> {
  const told = await session.execute<DeviceInfo>('mobile: deviceInfo');
  const values = told.lockdownInfo ?? {};
  const text = (key: string, ...capabilities: string[]): string =>
    String(values[key] ?? capabilities.map((name) => session.capabilities[name] ?? session.capabilities[`appium:${name}`]).find((value) => value !== undefined) ?? '');
  const battery = await session.execute<{ level?: number; state?: number }>('mobile: batteryInfo').catch(() => ({ level: undefined, state: undefined }));
  const locked = await session.execute<boolean>('mobile: isLocked').catch(() => null);
  const { name: model, chip } = modelOf(text('ProductType'));
  return {
    udid, via: 'Network', name: told.name ?? text('DeviceName', 'deviceName'), productType: text('ProductType'), model, chip, system: text('ProductVersion', 'platformVersion', 'sdkVersion'), build: text('BuildVersion'),
    virtual: values['DynoVirtual'] === true, trusted: true, developerMode: null, locked, freeBytes: null, thermalState: asksHeat ? (told.thermalState ?? null) : null, webDriverAgent: true,
    battery: battery.level === undefined ? null : { level: Math.round(100 * battery.level), charging: (battery.state ?? 0) >= 2 }, runner: await runnerOn(session),
  };
}

/** Version and sharing come from the list of apps; null where the runner is not in it. */
async function runnerOn(session: PhoneSession): Promise<InstalledApp | null> {
  const apps = await session.execute<Readonly<Record<string, Readonly<Record<string, unknown>>>>>('mobile: listApps', { applicationType: 'User' });
  const app = apps[RUNNER_BUNDLE_ID];
  return app ? { version: String(app['CFBundleShortVersionString'] ?? ''), build: String(app['CFBundleVersion'] ?? ''), sharesFiles: app['UIFileSharingEnabled'] === true } : null;
}
