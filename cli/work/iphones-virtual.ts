import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelOf } from '../../device-harness/devices/iphone/product-types.ts';
import { isVirtualIphone, virtualProduct } from '../../device-harness/devices/iphone/virtual-selector.ts';
import { VirtualIphones } from '../../device-harness/virtual/iphone/virtual-iphones.ts';

/** Whether a name after `--virtual` is that of an iPhone or of its chip. */
export function namesIphone(name: string): boolean {
  return isVirtualIphone({ kind: 'virtual', id: name });
}

export interface StartedIphones {
  readonly iphones: readonly { readonly udid: string; readonly model: string; readonly chip: string | null }[];
  /** `USBMUXD_SOCKET_ADDRESS`, by which programs of this computer see them. */
  readonly environment: { readonly USBMUXD_SOCKET_ADDRESS: string };
  close(): Promise<void>;
}

/** Starts a virtual iPhone for each name, `A15` or `iPhone 13 Pro`, below one multiplexer of their own. Throws UserError for a name that is not in the table. */
export async function startVirtualIphones(names: readonly string[]): Promise<StartedIphones> {
  const wanted = names.map((id, i) => ({ name: `${id.replace(/[^A-Za-z0-9._-]/g, '_')}-${i}`, productType: virtualProduct({ kind: 'virtual', id }) }));
  const folder = mkdtempSync(join(tmpdir(), 'dyno-iphone-'));
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const started = await VirtualIphones.start(folder, wanted);
    return {
      iphones: started.phones.map(({ udid }, i) => {
        const { name, chip } = modelOf(wanted[i]?.productType ?? '');
        return { udid, model: name ?? 'iPhone', chip: chip?.chip ?? null };
      }),
      environment: started.environment,
      close: async () => {
        await started.close();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
