export { type CompileRequest, compileForHtp } from './compile.ts';
export {
  type CompiledNode, type CompileFailure, type CompileReport, type GraphFigures, type HtpUnit, type InsertedNode, isFaceConversion, isOneGraph, isWhole, trafficOf,
} from './compile-report.ts';
export { htpExecutor } from './emulator.ts';
export { type ContextExecutor, contextExecutor } from './context-executor.ts';
export { type SavedBinary, type SavedCompilation, type SavedContext, savedContext } from './saved-context.ts';
export type { HtpOptions } from './provider-options.ts';
export { type HtpToolchain, openHtpToolchain } from './toolchain.ts';
export { cachedCompile, cachedVerification, type CachedReport, type VerifiedResult, verifiedSummary } from './result-cache.ts';
export { floorDb, type HtpArithmetic, type Judgement, judge } from './judge.ts';
export type { Reproducer } from './reproducer.ts';
export { type ReproducerAbout, writeReproducers } from './write-reproducer.ts';
export { roundingDepths } from './depth.ts';
export { arithmeticOf, type HtpVerification, verifyOnHtp, type VerifyRequest } from './verify.ts';
export { compiledFindings, joinCauses, refutedFindings } from './findings.ts';
export { type Artifact, type CompiledFolder, compileToFolder } from './artifacts.ts';
export { type LeastTraffic, leastTraffic } from './least-traffic.ts';
