import { UserError } from '../../models/contracts/index.ts';
import type { HtpSoc } from '../rules/index.ts';

/** What the compiler is told, as options of the provider. */
export interface HtpOptions {
  /** 0 to 3; the library's own choice where left out. */
  readonly optimization?: 0 | 1 | 2 | 3;
  /** Megabytes of VTCM to use; all of the chip's where left out. */
  readonly vtcmMb?: number;
  /** Float tensors in fp16 (default); otherwise float graphs are refused. */
  readonly fp16?: boolean;
  /** Further provider options by their names. */
  readonly more?: Readonly<Record<string, string>>;
}

const FIRST_HTP = 68;

/** Provider options for a chip. Throws UserError for chips without an HTP: the compiler would compile for those too. */
export function providerOptions(soc: HtpSoc, options: HtpOptions = {}): Record<string, string> {
  if (soc.hexagon < FIRST_HTP) throw new UserError(`${soc.chip} has Hexagon v${soc.hexagon}: no HTP (it begins at v${FIRST_HTP}).`, ['Name a chip from Snapdragon 888 (SM8350) on.']);
  return {
    soc_model: String(soc.socModel),
    enable_htp_fp16_precision: options.fp16 === false ? '0' : '1',
    ...(options.optimization === undefined ? {} : { htp_graph_finalization_optimization_mode: String(options.optimization) }),
    ...(options.vtcmMb === undefined ? {} : { vtcm_mb: String(options.vtcmMb) }),
    ...options.more,
  };
}
