import type { ComparedPlanes } from './measure.ts';

/** What is compared, besides the pixels. */
export interface Compared {
  /** File name of the picture. */
  readonly image: string;
  readonly variant: string;
  readonly scale: number;
}

/** A metric that needs a file, loaded. */
export interface ExternalMetric {
  /** Hash of the file by its name: values of another file are not compared. */
  readonly tools: Readonly<Record<string, string>>;
  value(planes: ComparedPlanes, about: Compared): Promise<number>;
  close(): Promise<void>;
}
