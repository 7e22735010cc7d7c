import { join } from 'node:path';

/** Packages that stay outside the bundle: native code, and modules that find files beside themselves. */
const EXTERNAL = ['onnxruntime-node', 'onnxruntime-common', 'sharp', 'jiti', 'react-devtools-core'];

/**
 * Bundles the command line into `BIN/dyno.js` and chunks that are loaded when a command needs them: what `dyno --help` costs is
 * then little more than Node itself.
 */
export async function bundleCli(root, bin) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: { dyno: join(root, 'cli/bin.ts') },
    outdir: bin,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    jsx: 'automatic',
    external: EXTERNAL,
    minifySyntax: true,
    minifyWhitespace: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
    legalComments: 'none',
    banner: { js: "import { createRequire as dynoRequire } from 'node:module'; const require = dynoRequire(import.meta.url);" },
  });
}
