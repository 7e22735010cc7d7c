#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// A command is over in a fraction of a second, in which the V8 of Node 20 optimizes hundreds of functions that then hardly run: with a later
// start of that, rewriting takes half the processor time (docs/benchmarks.md).
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=1000000');

// React chooses between its development and production build when it is first imported, so nothing that may import it stands above this.
process.env['NODE_ENV'] ??= 'production';
const { main } = await import('./main.ts');
await main(process.argv.slice(2), process);
