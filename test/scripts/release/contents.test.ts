import { describe, expect, test } from '@jest/globals';
import {
  ALLOWED_LICENSES,
  type BundledPackage,
  bundledFolders,
  noticesText,
  refuseLicenses,
} from '../../../scripts/release/contents.ts';
import { sbomText } from '../../../scripts/release/sbom.ts';

function bundled(name: string, more: Partial<BundledPackage> = {}): BundledPackage {
  const folder = `node_modules/${name}`;
  return {
    name,
    version: '1.0.0',
    license: 'MIT',
    folder,
    texts: [`Copyright ${name}`],
    author: '',
    ...more,
  };
}

describe('what is bundled', () => {
  function folders(...files: readonly (readonly [file: string, bytes: number])[]): readonly string[] {
    const inputs = Object.fromEntries(files.map(([file, bytesInOutput]) => [file, { bytesInOutput }]));
    return bundledFolders({ outputs: { 'main.mjs': { inputs } } });
  }

  test('is a package once, whatever its files, and nothing of our own', () => {
    expect(
      folders(['src/main.ts', 9], ['node_modules/got/a.js', 1], ['node_modules/got/dist/b/c.js', 1]),
    ).toEqual(['node_modules/got']);
  });

  test('is no package of which nothing is left in the output', () => {
    expect(folders(['node_modules/got/a.js', 0])).toEqual([]);
  });

  test('is a package with a scope by its whole name', () => {
    expect(folders(['node_modules/@fastify/error/index.js', 1])).toEqual(['node_modules/@fastify/error']);
  });

  // camunda/camunda-modeler#3714, GD4AI/obsidian-llm-wiki#773: what is only below another package was forgotten.
  test('is a package below another one, beside the other version of it', () => {
    const below = 'node_modules/responselike/node_modules/lowercase-keys';
    expect(folders([`${below}/index.js`, 1], ['node_modules/lowercase-keys/index.js', 1])).toEqual([
      'node_modules/lowercase-keys',
      below,
    ]);
  });
});

describe('the licence check', () => {
  test('lets those pass that are allowed', () => {
    expect(() =>
      refuseLicenses([...ALLOWED_LICENSES].map((license) => bundled('a', { license }))),
    ).not.toThrow();
  });

  test.each(['GPL-3.0-only', 'AGPL-3.0-or-later', 'SSPL-1.0', 'UNLICENSED', 'SEE LICENSE IN LICENSE', ''])(
    'refuses %j, names the package and says what to do',
    (license) => {
      expect(() => refuseLicenses([bundled('good'), bundled('bad', { license })])).toThrow(
        /Replace them.*\nbad 1\.0\.0: /s,
      );
    },
  );
});

describe('the notices', () => {
  test('have a text once for all packages that share it', () => {
    const text = noticesText([
      bundled('a', { texts: ['One'] }),
      bundled('b', { texts: ['One  \r\n'] }),
      bundled('c', { texts: ['Other'] }),
    ]);
    expect(text.match(/^One$/gm)).toHaveLength(1);
    expect(text).toContain('a 1.0.0 (MIT)\nb 1.0.0 (MIT)\n---');
    expect(text).toContain('c 1.0.0 (MIT)\n---');
  });

  test('say so where a package has no text', () => {
    const text = noticesText([bundled('a', { texts: [], author: 'Somebody' })]);
    expect(text).toContain('Its manifest says: MIT, by Somebody.');
  });
});

describe('the list of materials', () => {
  const release = { version: '1.2.3', epoch: 1_700_000_000 };

  test('has the digest of the lock file, the purl, and the time of the commit', () => {
    const zod = bundled('zod', { version: '9.9.9' });
    const { components, metadata } = JSON.parse(sbomText([zod], release)) as {
      components: readonly { purl: string; hashes: readonly { content: string }[] }[];
      metadata: { timestamp: string };
    };
    expect(metadata.timestamp).toBe('2023-11-14T22:13:20.000Z');
    expect(components[0]?.purl).toBe('pkg:npm/zod@9.9.9');
    expect(components[0]?.hashes[0]?.content).toMatch(/^[0-9a-f]{128}$/);
  });

  test('escapes the @ of a scope', () => {
    const entry = bundled('@kubernetes/client-node');
    expect(sbomText([entry], release)).toContain('"pkg:npm/%40kubernetes/client-node@1.0.0"');
  });

  test('is refused for a package that is not pinned', () => {
    expect(() => sbomText([bundled('not-there')], release)).toThrow(/no sha512 of node_modules\/not-there/);
  });
});
