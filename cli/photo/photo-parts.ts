import type { HostExecutor, HostSession } from '../../models/run/host-executor.ts';
import type { SourcePicture } from '../../reports/photo/source-picture.ts';
import type { TargetPicture } from '../../reports/photo/target-picture.ts';
import type { Config } from '../config/config.ts';
import type { ModelRef } from '../work/model-refs.ts';
import type { PhotoModel } from './learn-model.ts';
import type { PhotoDevice } from './photo-device.ts';
import type { PhotoRequest } from './photo-request.ts';

/** What `dyno photo` was asked, and how it tells how far it is. */
export interface PhotoWork {
  readonly request: PhotoRequest;
  readonly ref: ModelRef;
  readonly device: PhotoDevice;
  /** How packages for iPhones are made of models. */
  readonly coreml: Config['convert']['coreml'];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly progress: (note: string, done?: number, total?: number) => void;
}

/** One process of ONNX Runtime with the model in it. */
export interface Trial {
  readonly executor: HostExecutor;
  readonly session: HostSession;
  /** Until the model could be run, start of the process included. */
  readonly loadMs: number;
}

/** The same with what was opened for it. */
export interface PhotoParts extends PhotoWork {
  readonly model: PhotoModel;
  /** What the model was learned with: tiles are tried in it. */
  readonly trial: Trial;
  readonly source: SourcePicture;
  readonly target: TargetPicture;
  readonly out: string;
  /** Folder for files on the way, which goes. */
  readonly folder: string;
  /** What was done to the picture on the way in, and will be on the way out. */
  readonly notes: readonly string[];
}
