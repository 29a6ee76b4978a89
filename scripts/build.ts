/**
 * Bundles the program: `dist/ankra-support-agent.mjs` and the chunks it loads on demand. The image holds nothing else.
 * One minified bundle keeps the resident memory low: the generated Kubernetes client alone would cost 125 MB when it
 * is loaded unbundled, so its KubeConfig is a chunk that only runs outside of a cluster load.
 */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Plugin } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

const { values } = parseArgs({
  options: {
    entry: { type: 'string', default: join(root, 'src/main.ts') },
    outdir: { type: 'string', default: join(root, 'dist') },
    // Where esbuild's record of what each output is made of is written, for those who ask what the bundle contains.
    metafile: { type: 'string' },
  },
});

// The agent's user in the image has to read every file, whatever the mask of whoever builds it.
process.umask(0o022);

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

/**
 * Modules of Node.js with exports that load much more when they are read, `WebSocket` of `node:http` for one, which brings all of undici. An import of such
 * a module reads every export: 6 MB of memory that nobody asked for. Here each is read when it is used.
 */
const readWhenUsed: Plugin = {
  name: 'read-when-used',
  setup(bundler) {
    const filter = /^(?:node:)?(?:http|http2|crypto)$/;
    bundler.onResolve({ filter }, ({ path }) => ({
      path: path.replace('node:', ''),
      namespace: 'read-when-used',
    }));
    bundler.onLoad({ filter: /.*/, namespace: 'read-when-used' }, ({ path }) => {
      const all = createRequire(import.meta.url)(`node:${path}`) as Readonly<Record<string, unknown>>;
      const names = Object.keys(all);
      const contents = `
        const load = () => process.getBuiltinModule('node:${path}');
        for (const name of ${JSON.stringify(names)})
          Object.defineProperty(module.exports, name, { enumerable: true, get: () => load()[name] });`;
      return { contents, loader: 'js' };
    });
  },
};

await rm(values.outdir, { recursive: true, force: true });
const result = await build({
  // Names of chunks are hashes of paths as well: the same wherever it is started from.
  absWorkingDir: root,
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
  minifyWhitespace: true,
  minifySyntax: true,
  // Short names would turn up in stack traces and in the `name` of errors. `keepNames` would give each function a property of its own at run
  // time, which costs more memory than the longer text of the program.
  minifyIdentifiers: false,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  plugins: [readWhenUsed],
  banner: { js: commonJsBanner },
  define: {
    AGENT_VERSION: JSON.stringify(await packageVersion()),
    COMPOSE_WORKER: JSON.stringify('compose-worker.mjs'),
    DESK_ASSETS: JSON.stringify('assets'),
  },
  legalComments: 'external',
  metafile: true,
  logLevel: 'warning',
});

/**
 * Writes letters beyond ASCII as escapes, which esbuild leaves in regular expressions: a single one of them makes V8 hold the whole text of the program
 * with two bytes for each letter.
 */
async function escapeBeyondAscii(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const escaped = text.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (escaped !== text) await writeFile(file, escaped);
}

// What the pages of the desk load.
await cp(join(root, 'src/desk/page/assets'), join(values.outdir, 'assets'), {
  recursive: true,
  filter: (file) => !file.endsWith('.json'),
});

if (values.metafile !== undefined) await writeFile(values.metafile, JSON.stringify(result.metafile));
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  if (file.endsWith('.mjs')) await escapeBeyondAscii(join(root, file));
  process.stdout.write(`${String(Math.ceil(output.bytes / 1024)).padStart(6)} KiB  ${file}\n`);
}
