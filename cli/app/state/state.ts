import type { Precision } from '../../../converters/rewrites/rewrite.ts';
import type { Config } from '../../config/config.ts';
import type { CheckedModel, FoundDevice, FoundFiles, PastRun, PreviewedModel, Problem } from './found.ts';

/** The steps of the wizard, in order. */
export const STEPS = ['models', 'targets', 'devices', 'findings', 'rewrites', 'run'] as const;
export type Step = (typeof STEPS)[number];

/** Everything that fills the screen: the steps, what a run ended with, and past runs. */
export type ScreenId = Step | 'result' | 'runs' | 'past' | 'comparison';

/** Classes of rewrites beyond the exact ones, as `--allow` names them. */
export const ALLOWANCES = ['border', 'approximate', 'layout', 'dtype', 'subset', 'static'] as const;
export type Allowance = (typeof ALLOWANCES)[number];

export const PRECISIONS = ['fp16', 'w8a8', 'w8a16', 'w4a8', 'w4a16'] as const satisfies readonly Precision[];

export const PROFILES = ['quick', 'default', 'rigorous'] as const;

/** What the person decided. It is all that a run needs, and all that a config file is written from. */
export interface Choices {
  /** Ids of models, in the order of choosing. */
  readonly models: readonly string[];
  readonly targets: readonly string[];
  /** What findings and rewrites are looked at for; integers are also what a run quantizes to. */
  readonly precision: (typeof PRECISIONS)[number];
  readonly devices: readonly string[];
  /** Empty: each device's own. */
  readonly units: readonly string[];
  /** Absolute path of a folder; null for none. */
  readonly pictures: string | null;
  readonly profile: (typeof PROFILES)[number];
  readonly allow: readonly Allowance[];
  readonly skip: readonly string[];
}

/** Something that is looked up beside the screen. `value` may be there, in part, while it is busy. */
export interface Loaded<T> {
  /** What it was asked for: an answer to another question is not taken. */
  readonly key: string;
  readonly status: 'busy' | 'ready' | 'failed';
  readonly value: T | null;
  readonly note: string | null;
  readonly problem: Problem | null;
}

/** Everything that is looked up, by name. */
export interface LookupValues {
  readonly files: FoundFiles;
  readonly devices: readonly FoundDevice[];
  readonly check: readonly CheckedModel[];
  readonly preview: readonly PreviewedModel[];
  readonly runs: readonly PastRun[];
  /** Lines of a report or a comparison. */
  readonly text: readonly string[];
  readonly completion: readonly string[];
}

export type LookupName = keyof LookupValues;
export type Loads = { readonly [Name in LookupName]?: Loaded<LookupValues[Name]> };

/** Where a list stands: the row by its id, and by its place for when that row is gone. */
export interface Cursor {
  readonly id: string | null;
  readonly index: number;
}

/** What the app asks whoever drives it to do. */
export type Request = 'run' | 'quit' | 'save' | 'open-report' | 'add-model';

/** A question in the way of everything else. */
export interface Dialog {
  readonly kind: 'quit' | 'replace';
  readonly cursor: number;
}

export interface RunOutcome {
  /** What `dyno run` would have ended with; null where it broke off. */
  readonly exitCode: number | null;
  /** With its sign. */
  readonly verdict: string | null;
  readonly directory: string | null;
  readonly problem: Problem | null;
}

/** The app at one moment. Everything shown is a function of it, and everything decided is in `choices`. */
export interface AppState {
  /** Settings in force before anything was chosen. */
  readonly config: Config;
  readonly cwd: string;
  readonly size: { readonly columns: number; readonly rows: number };
  readonly screen: ScreenId;
  /** Where esc leads from past runs. */
  readonly cameFrom: ScreenId | null;
  readonly choices: Choices;
  readonly loads: Loads;
  readonly cursors: Readonly<Partial<Record<ScreenId, Cursor>>>;
  readonly filters: Readonly<Partial<Record<ScreenId, string>>>;
  /** Letters go into the filter. */
  readonly filtering: boolean;
  /** Ids of rows that show what is below them. */
  readonly expanded: ReadonlySet<string>;
  /** First line shown of what fills the screen as text; of the details of the row under the cursor, where those are open. */
  readonly scroll: number;
  readonly detailsOpen: boolean;
  readonly helpOpen: boolean;
  /** A path that is being typed; null where none is. */
  readonly path: string | null;
  readonly dialog: Dialog | null;
  readonly request: Request | null;
  /** The app ends once the choices are saved. */
  readonly quitting: boolean;
  /** Past runs that are marked for comparison. */
  readonly marked: readonly string[];
  /** The past run that is read. */
  readonly past: string | null;
  /** Counts visits of the list of runs, which is read anew each time. */
  readonly visit: number;
  readonly outcome: RunOutcome | null;
  /** Where the choices were saved; null while they are not, or have changed since. */
  readonly savedTo: string | null;
  /** The file that saving would change or make, and whether it is there. */
  readonly saveTarget: { readonly name: string; readonly exists: boolean };
  /** One line for the person: what just happened, or why a key did nothing. */
  readonly notice: string | null;
}

/** The app before anything was asked or found. */
export function initialState(given: Pick<AppState, 'config' | 'cwd' | 'choices' | 'saveTarget'>): AppState {
  return {
    ...given, size: { columns: 80, rows: 24 }, screen: 'models', cameFrom: null, loads: {}, cursors: {}, filters: {}, filtering: false, expanded: new Set(), scroll: 0,
    detailsOpen: false, helpOpen: false, path: null, dialog: null, request: null, quitting: false, marked: [], past: null, visit: 0, outcome: null, savedTo: null, notice: null,
  };
}
