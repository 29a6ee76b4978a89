/**
 * Bundles the program: `dist/ankra-support-agent.mjs` and the chunks it loads on demand. The image holds nothing else.
 * One minified bundle keeps the resident memory low: the generated Kubernetes client alone would cost 125 MB when it
 * is loaded unbundled, so its KubeConfig is a chunk that only runs outside of a cluster load.
 */
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

const { values } = parseArgs({
  options: {
    entry: { type: 'string', default: join(root, 'src/main.ts') },
    outdir: { type: 'string', default: join(root, 'dist') },
  },
});

/** Bundled CommonJS packages still ask for `require` and `__dirname`, which an ES module does not have. */
const commonJsBanner = [
  "import { createRequire as createRequireOfBundle } from 'node:module';",
  'const require = createRequireOfBundle(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('\n');

async function packageVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) {
    throw new Error('package.json has no version');
  }
  return String(manifest.version);
}

await rm(values.outdir, { recursive: true, force: true });
const result = await build({
  entryPoints: {
    'ankra-support-agent': values.entry,
    // Started by the other one as a thread.
    'compose-worker': join(root, 'src/compose/compose-worker.ts'),
  },
  outdir: values.outdir,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  minify: true,
  // Minified names would turn up in stack traces and in the `name` of errors.
  keepNames: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  banner: { js: commonJsBanner },
  define: {
    AGENT_VERSION: JSON.stringify(await packageVersion()),
    COMPOSE_WORKER: JSON.stringify('compose-worker.mjs'),
  },
  legalComments: 'external',
  metafile: true,
  logLevel: 'warning',
});

for (const [file, output] of Object.entries(result.metafile.outputs)) {
  process.stdout.write(`${String(Math.ceil(output.bytes / 1024)).padStart(6)} KiB  ${file}\n`);
}
