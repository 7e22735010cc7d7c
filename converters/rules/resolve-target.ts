import { formatSelector, parseTarget, type TargetSelector, UserError } from '../../models/contracts/index.ts';
import { ANE_CHIPS, type AneChip } from './ane-chips.ts';
import { HTP_SOCS, type HtpSoc } from './htp-socs.ts';
import { parseSdkVersion, type SdkVersion } from './sdk-version.ts';
import type { TargetProfile } from './target-profile.ts';

const DEFAULT_ANE = 'A15';
const DEFAULT_SOC = 'SM8550';
const FIRST_HTP = 68;

/** The profile behind a selector. Throws UserError for hardware that is unknown, or that has no such unit. */
export function resolveTarget(target: TargetSelector | string): TargetProfile {
  const selector = typeof target === 'string' ? parseTarget(target) : target;
  if (selector.kind === 'ane') return aneProfile(selector);
  if (selector.kind === 'htp') return htpProfile(selector);
  return {
    selector, label: 'host', kind: 'host', family: null, generation: 0, rankLimit: Number.POSITIVE_INFINITY, preferredRank: Number.POSITIVE_INFINITY,
    nativeOps: new Set(['DepthToSpace:DCR', 'DepthToSpace:CRD', 'SpaceToDepth']), sdk: null, note: null,
  };
}

/** The chip of an `htp` selector, for compilers that want its number; a version of the SDK (`SM8550@2.28`) is left out. Throws UserError as `resolveTarget` does. */
export function resolveSoc(selected: string | null): { soc: HtpSoc; note: string | null } {
  const { hardware } = splitSdk(selected);
  if (hardware === null) return { soc: bySocName(DEFAULT_SOC) as HtpSoc, note: `No chip was named: ${DEFAULT_SOC} (Snapdragon 8 Gen 2, v73) is assumed.` };
  const version = /^v?(\d{2})$/i.exec(hardware);
  if (version) return byHexagon(Number(version[1]));
  const soc = bySocName(hardware) ?? byMarketingName(hardware);
  if (!soc) throw new UserError(`No Qualcomm chip is known as "${hardware}".`, [`Use a part name (SM8650), a Hexagon version (v75) or a marketing name ("Snapdragon 8 Gen 3").${near(hardware)}`]);
  if (soc.hexagon < FIRST_HTP) throw new UserError(`${soc.chip} has Hexagon v${soc.hexagon}: no HTP (it begins at v${FIRST_HTP}).`, ['Name a chip from Snapdragon 888 (SM8350) on.']);
  return { soc, note: null };
}

function aneProfile(selector: TargetSelector): TargetProfile {
  const chip = findAneChip(selector.hardware ?? DEFAULT_ANE);
  const note = selector.hardware === null ? `No chip was named: ${DEFAULT_ANE} is assumed.` : null;
  return {
    selector, label: formatSelector({ kind: 'ane', hardware: chip.chip }), kind: 'ane', family: `H${chip.family}`, generation: chip.family,
    rankLimit: 5, preferredRank: 5, nativeOps: new Set(['DepthToSpace:DCR', 'DepthToSpace:CRD', 'SpaceToDepth', 'PixelUnshuffle']), sdk: null, note,
  };
}

function findAneChip(hardware: string): AneChip {
  const wanted = squeeze(hardware);
  const found = ANE_CHIPS.find((c) => squeeze(c.chip) === wanted || c.devices.some((d) => squeeze(d) === wanted));
  if (!found) {
    throw new UserError(`No Apple chip or iPhone with a Neural Engine is known as "${hardware}".`, [`Use a chip (${ANE_CHIPS.map((c) => c.chip).join(', ')}) or a device ("iPhone 13 Pro").`]);
  }
  return found;
}

function htpProfile(selector: TargetSelector): TargetProfile {
  const { soc, note } = resolveSoc(selector.hardware);
  const version = splitSdk(selector.hardware).sdk;
  return {
    selector, label: `htp:${soc.chip}${version === null ? '' : `@${version.join('.')}`}`, sdk: version, kind: 'htp', family: `v${soc.hexagon}`, generation: soc.hexagon, rankLimit: 5, preferredRank: 4,
    nativeOps: new Set(['DepthToSpace:DCR', 'DepthToSpace:CRD', 'SpaceToDepth']), note,
  };
}

/** `SM8550@2.28`: the chip, and the SDK that will compile for it. */
function splitSdk(selected: string | null): { hardware: string | null; sdk: SdkVersion | null } {
  const at = selected?.indexOf('@') ?? -1;
  if (selected === null || at < 0) return { hardware: selected, sdk: null };
  return { hardware: selected.slice(0, at).trim() || null, sdk: parseSdkVersion(selected.slice(at + 1)) };
}

function byHexagon(hexagon: number): { soc: HtpSoc; note: string } {
  const chips = HTP_SOCS.filter((s) => s.hexagon === hexagon && hexagon >= FIRST_HTP);
  const soc = chips.find((s) => /^SM8\d50$/.test(s.chip)) ?? chips.find((s) => s.compilesFp16) ?? chips[0];
  if (!soc) {
    const known = [...new Set(HTP_SOCS.map((s) => s.hexagon).filter((h) => h >= FIRST_HTP))].sort((a, b) => a - b);
    throw new UserError(`No chip with an HTP of Hexagon v${hexagon} is known.`, [`Known versions: ${known.map((h) => `v${h}`).join(', ')}.`]);
  }
  return { soc, note: `Hexagon v${hexagon} stands for ${soc.chip}${soc.marketing ? ` (${soc.marketing})` : ''}.` };
}

function bySocName(name: string): HtpSoc | undefined {
  const wanted = squeeze(name);
  return HTP_SOCS.find((s) => squeeze(s.chip) === wanted) ?? HTP_SOCS.find((s) => /^(sm|sc|sa|qc|sx)/.test(wanted) && squeeze(s.chip) === wanted.replace(/-?(ac|ab|p)$/, ''));
}

function byMarketingName(name: string): HtpSoc | undefined {
  const wanted = squeeze(name).replace(/^qualcomm/, '');
  return HTP_SOCS.find((s) => s.marketing !== '' && (squeeze(s.marketing) === wanted || squeeze(s.marketing) === `snapdragon${wanted}`));
}

function near(name: string): string {
  const start = squeeze(name).slice(0, 4);
  const close = HTP_SOCS.filter((s) => s.hexagon >= FIRST_HTP && squeeze(s.chip).startsWith(start)).map((s) => s.chip);
  return close.length ? ` Close: ${close.slice(0, 6).join(', ')}.` : '';
}

function squeeze(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9+]/g, '');
}
