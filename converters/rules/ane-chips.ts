/** One Apple chip: its Neural Engine family and the devices that carry it. */
export interface AneChip {
  readonly chip: string;
  /** H-family of the Neural Engine: the key of every ANE rule. */
  readonly family: number;
  readonly devices: readonly string[];
}

/** A12 is the first whose Neural Engine Core ML uses. Families: `reference` table of freedomtan/coreml_to_ane_hwx and mdaiter/ane. */
export const ANE_CHIPS: readonly AneChip[] = [
  { chip: 'A12', family: 11, devices: ['iPhone XS', 'iPhone XS Max', 'iPhone XR'] },
  { chip: 'A13', family: 12, devices: ['iPhone 11', 'iPhone 11 Pro', 'iPhone 11 Pro Max', 'iPhone SE 2'] },
  { chip: 'A14', family: 13, devices: ['iPhone 12', 'iPhone 12 mini', 'iPhone 12 Pro', 'iPhone 12 Pro Max'] },
  { chip: 'A15', family: 14, devices: ['iPhone 13', 'iPhone 13 mini', 'iPhone 13 Pro', 'iPhone 13 Pro Max', 'iPhone 14', 'iPhone 14 Plus', 'iPhone SE 3'] },
  { chip: 'A16', family: 15, devices: ['iPhone 14 Pro', 'iPhone 14 Pro Max', 'iPhone 15', 'iPhone 15 Plus'] },
  { chip: 'A17 Pro', family: 16, devices: ['iPhone 15 Pro', 'iPhone 15 Pro Max'] },
  { chip: 'A18', family: 17, devices: ['iPhone 16', 'iPhone 16 Plus', 'iPhone 16e'] },
  { chip: 'A18 Pro', family: 17, devices: ['iPhone 16 Pro', 'iPhone 16 Pro Max'] },
  { chip: 'A19', family: 18, devices: ['iPhone 17'] },
  { chip: 'A19 Pro', family: 18, devices: ['iPhone 17 Pro', 'iPhone 17 Pro Max', 'iPhone Air'] },
  { chip: 'M1', family: 13, devices: ['M1 Pro', 'M1 Max', 'M1 Ultra'] },
  { chip: 'M2', family: 14, devices: ['M2 Pro', 'M2 Max', 'M2 Ultra'] },
  { chip: 'M3', family: 15, devices: ['M3 Pro', 'M3 Max', 'M3 Ultra'] },
  { chip: 'M4', family: 16, devices: ['M4 Pro', 'M4 Max'] },
  { chip: 'M5', family: 17, devices: ['M5 Pro', 'M5 Max'] },
];
