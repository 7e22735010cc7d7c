import type { InputContract, Scorer } from '../../models/contracts/index.ts';
import type { HtpOptions, HtpToolchain } from '../htp/index.ts';
import type { HtpSoc } from '../rules/index.ts';
import type { Candidate } from './candidate.ts';
import type { Objective, Row } from './figures.ts';
import type { TuneSource } from './variant-builder.ts';

/** What is tuned, for which chip, and how far the search may go. */
export interface TuneRequest {
  readonly source: TuneSource;
  readonly toolchain: HtpToolchain;
  readonly soc: HtpSoc;
  /** Changes of the face that callers can live with. */
  readonly allow: { readonly layout: boolean; readonly dtype: boolean };
  readonly objective: Objective;
  /** For `quality`: the least score, and who gives it. Inputs as the contracts say. */
  readonly floor?: number;
  readonly scorer?: (contracts: ReadonlyMap<string, InputContract>) => Scorer;
  /** Only these, in this order; nothing is searched. */
  readonly candidates?: readonly Candidate[];
  /** Heights of strips to try. */
  readonly rows?: readonly number[];
  /** Compiler options of every candidate. */
  readonly fixed?: HtpOptions;
  /** Compilations at most; 64 where left out. */
  readonly most?: number;
  /** Compilations at once, and memory for all of them, bytes; 2 and 3 GiB where left out. */
  readonly parallel?: number;
  readonly memoryBytes?: number;
  /** False leaves out the comparisons of outputs. */
  readonly verify: boolean;
  /** Where model files of candidates go; removed in the end. */
  readonly folder: string;
  readonly cache?: string;
  readonly onRow?: (row: Row) => void;
  readonly onNote?: (note: string) => void;
}
