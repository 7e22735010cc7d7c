import type { Rule } from '../rule.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { LAYOUT } from './layout.ts';
import { LINEAR } from './linear.ts';
import { NORMALIZATION } from './normalization.ts';
import { SELECTION } from './selection.ts';

/** How operators compute the same without some units of a tracked axis. */
export const RULES: ReadonlyMap<string, Rule> = new Map(Object.entries({ ...ELEMENTWISE, ...LAYOUT, ...LINEAR, ...NORMALIZATION, ...SELECTION }));
