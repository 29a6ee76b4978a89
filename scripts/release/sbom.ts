/** The list of materials of the bundle, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/): what is in it, and whence. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BundledPackage, root } from './contents.ts';

/** The part of package-lock.json that is read here: packages by folder. */
interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

/** What is released: its version, and the moment of its commit in seconds since 1970. */
export interface Release {
  readonly version: string;
  readonly epoch: number;
}

/** One package as a component. Throws where the lock file does not know its digest: what is not pinned is not released. */
function componentOf(entry: BundledPackage, lock: Lock): Readonly<Record<string, unknown>> {
  const { name, version, license, folder } = entry;
  const purl = purlOf(name, version);
  const integrity = lock.packages[folder]?.integrity ?? '';
  const [, digest] = /^sha512-(.+)$/.exec(integrity) ?? [];
  if (digest === undefined)
    throw new Error(`package-lock.json has no sha512 of ${folder}: run npm ci, then build again`);
  return {
    type: 'library',
    // One package may be there twice, below two others.
    'bom-ref': `${purl}#${folder}`,
    name,
    version,
    scope: 'required',
    hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }],
    licenses: [{ license: { id: license } }],
    purl,
  };
}

/** Package URL; the scope's `@` has to be escaped (https://github.com/package-url/purl-spec). */
function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** The document as text. The same packages, version and time give the same text. Throws where a package is not in the lock file. */
export function sbomText(packages: readonly BundledPackage[], { version, epoch }: Release): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const components = packages.map((entry) => componentOf(entry, lock));
  const self = `pkg:npm/ankra-support-agent@${version}`;
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(epoch * 1000).toISOString(),
      component: {
        type: 'application',
        'bom-ref': self,
        name: 'ankra-support-agent',
        version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
        purl: self,
      },
    },
    components,
    dependencies: [{ ref: self, dependsOn: components.map((component) => component['bom-ref']) }],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
