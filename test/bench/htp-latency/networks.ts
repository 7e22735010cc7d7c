import type { Form } from '../../../models/zoo/index.ts';

/** A network of the published table, as the zoo makes it. */
export interface PublishedNetwork {
  readonly zoo: string;
  readonly form?: Form;
}

/** Names of `published.csv` by source. */
export const PUBLISHED_NETWORKS: Readonly<Record<string, PublishedNetwork>> = {
  'f32-m1': { zoo: 'quicksrnet-f32-m1' }, 'f32-m2': { zoo: 'quicksrnet-f32-m2' }, 'f32-m3': { zoo: 'quicksrnet-f32-m3' }, 'f32-m5': { zoo: 'quicksrnet-f32-m5' },
  'f32-m7': { zoo: 'quicksrnet-f32-m7' }, 'f32-m11': { zoo: 'quicksrnet-f32-m11' }, 'f64-m11': { zoo: 'quicksrnet-f64-m11' },
  ESPCN: { zoo: 'espcn-rgb' }, ABPN: { zoo: 'abpn-32' }, 'ABPN-resfree': { zoo: 'abpn-32-resfree' }, FSRCNN: { zoo: 'fsrcnn-rgb' }, EDSR: { zoo: 'edsr-baseline' },
  'SESR-M3': { zoo: 'sesr-m3', form: 'deploy' }, 'SESR-M5': { zoo: 'sesr-m5', form: 'deploy' }, 'SESR-M7': { zoo: 'sesr-m7', form: 'deploy' },
  'SESR-M11': { zoo: 'sesr-m11', form: 'deploy' }, 'SESR-XL': { zoo: 'sesr-xl', form: 'deploy' },
  QSmall: { zoo: 'quicksrnet-small' }, QMedium: { zoo: 'quicksrnet-medium' }, QLarge: { zoo: 'quicksrnet-large' }, XLSR: { zoo: 'xlsr' },
  'SESR-M5x': { zoo: 'sesr-m5' }, 'general-x4v3': { zoo: 'realesr-general-x4v3' },
};
