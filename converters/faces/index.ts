export { type AdapterForm, adapterText, parseAdapterFiles } from './adapter-files.ts';
export * from './adapter-spec.ts';
export { applyFaces, type FaceOptions, type FaceResult } from './apply-faces.ts';
export { type AdapterLanguage, generateAdapter } from './codegen/index.ts';
export { type FaceFlags, type FaceRequest, parseFaceRequests } from './face-request.ts';
export { type FaceRewrite, faceRewriteIds, faceRewrites } from './face-rewrites.ts';
export { runSteps } from './steps/run-steps.ts';
