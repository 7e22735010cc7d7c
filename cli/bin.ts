#!/usr/bin/env node
// React chooses between its development and production build when it is first imported, so nothing that may import it stands above this.
process.env['NODE_ENV'] ??= 'production';
const { main } = await import('./main.ts');
await main(process.argv.slice(2), process);

export {};
