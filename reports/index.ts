export * from './gate/index.ts';
export * from './model/index.ts';
export * from './quality/index.ts';
export * from './render/index.ts';
export * from './stats/index.ts';
export * from './sweep/index.ts';
