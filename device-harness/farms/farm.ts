/** What an endpoint can do, as far as it lacks what an Appium server of ours has. */
export interface FarmFlags {
  /** `mobile: shell` is allowed, on Android. */
  readonly shell: boolean;
  readonly pushFile: boolean;
  /** Largest content of one push, in bytes before base64; null for our own chunks of 4 MB. */
  readonly maxPushBytes: number | null;
  /** `app` may be a path on the farm's own computer. */
  readonly installFromPath: boolean;
  /** The phone's heat may be asked; else it is unknown. */
  readonly thermalStatus: boolean;
  /** Silence after which the farm ends a session; null for one that never does. */
  readonly idleLimitSeconds: number | null;
}

/** An Appium endpoint of somebody else, with phones behind it. */
export interface Farm {
  readonly name: string;
  /** Without credentials. */
  readonly url: string;
  /** Names of environment variables. */
  readonly user: string | null;
  readonly key: string | null;
  readonly platform: 'android' | 'iphone';
  /** Sent as they stand, over ours; `{ "env": "NAME" }` in place of a value is replaced by that variable. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly flags: FarmFlags;
  /** Chip of phones that do not say which they have. */
  readonly chip: string | null;
  /** Sent as `appium:app`: the runner where the vendor keeps it. */
  readonly app: string | null;
  /** How long a farm without a free phone is asked again. */
  readonly queueSeconds: number;
}

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** A farm as a config names it. */
export interface FarmSettings extends Loose<Omit<Farm, 'name' | 'url' | 'platform' | 'flags'>>, Pick<Farm, 'url' | 'platform'> {
  readonly flags?: Loose<FarmFlags> | undefined;
}

/** Five minutes are the shortest idle limit that a farm documents (AWS Device Farm). */
export const FARM_FLAGS: FarmFlags = { shell: true, pushFile: true, maxPushBytes: null, installFromPath: true, thermalStatus: true, idleLimitSeconds: 300 };
export const QUEUE_SECONDS = 900;

/** A farm of the config, complete. */
export function farmOf(name: string, settings: FarmSettings): Farm {
  const { url, platform, user, key, capabilities, flags, chip, app, queueSeconds } = settings;
  const given = Object.fromEntries(Object.entries(flags ?? {}).filter(([, value]) => value !== undefined)) as Partial<FarmFlags>;
  return {
    name, url, platform, user: user ?? null, key: key ?? null, capabilities: capabilities ?? {}, flags: { ...FARM_FLAGS, ...given }, chip: chip ?? null, app: app ?? null,
    queueSeconds: queueSeconds ?? QUEUE_SECONDS,
  };
}
