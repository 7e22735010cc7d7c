export * from './faces/index.ts';
export * from './opset/index.ts';
export * from './quantize/index.ts';
export { rewriteModel, type RewriteOptions, type RewriteResult } from './rewrites/engine.ts';
export { REWRITES } from './rewrites/catalog.ts';
export { type Recipe, recipeFor, type RecipeStep } from './rewrites/recipe.ts';
export type { Precision, Proposal, Refusal, Rewrite, RewriteContext } from './rewrites/rewrite.ts';
export * from './rules/index.ts';
export * from './toolchain/index.ts';
