import type { TargetSelector } from '../../models/contracts/index.ts';
import type { SdkVersion } from './sdk-version.ts';

/** What a target's hardware and runtime are like, as far as rules and recipes need it. Resolved from a selector by `resolveTarget`. */
export interface TargetProfile {
  readonly selector: TargetSelector;
  /** As printed everywhere: `ane:A15`, `htp:SM8550`, `host`. */
  readonly label: string;
  readonly kind: 'host' | 'ane' | 'htp';
  /** H-family of the Neural Engine (`H14`) or Hexagon version (`v73`); null for the host. */
  readonly family: string | null;
  /** Numeric generation of the family: 14, 73; 0 for the host. */
  readonly generation: number;
  /** Ranks above this are refused by the runtime or leave the unit (5 on both NPUs). */
  readonly rankLimit: number;
  /** Ranks above this are slow: preferred where it costs no more steps (4 on HTP, 5 on ANE). */
  readonly preferredRank: number;
  /** ONNX op types (with `mode` where it matters) that the target has a native form for, e.g. `DepthToSpace:CRD`, `SpaceToDepth`. */
  readonly nativeOps: ReadonlySet<string>;
  /** The QAIRT SDK that will compile for it, where the selector names one (`htp:SM8550@2.28`); null: the one that the rules were tried with. */
  readonly sdk: SdkVersion | null;
  /** One sentence on how the hardware was chosen when the selector left it open. */
  readonly note: string | null;
}
