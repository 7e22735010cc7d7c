export { htpResize } from './htp-resize.ts';
export { type Resize, type ResizedAxis, readResize } from './resize.ts';
export { nearestIndices, weightRows } from './sampling.ts';
