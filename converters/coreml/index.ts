export { MilConstant } from './package/constant.ts';
export type { ArrayFeature, Feature, FeatureType, Flexible, ImageFeature } from './package/features.ts';
export type { MilArgument, MilBlock, MilFunction, MilNamedType, MilOperation, MilProgram } from './package/mil.ts';
export { formatMilType, type MilTensorType } from './package/mil-type.ts';
export { type CoreMlModel, type FunctionFace, isCoreMlPath, readPackage } from './package/read-package.ts';
export { packageExecutor } from './translate/package-executor.ts';
export { translate, type Translation } from './translate/translate.ts';
