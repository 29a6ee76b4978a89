import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

declare const DESK_ASSETS: string | undefined;

/** A file that the pages load. */
export interface Asset {
  readonly type: string;
  readonly content: string;
  /** Changes with the content. */
  readonly etag: string;
}

const types: Readonly<Record<string, string>> = {
  'desk.css': 'text/css; charset=utf-8',
  'desk.js': 'text/javascript; charset=utf-8',
  'forms.js': 'text/javascript; charset=utf-8',
  'live.js': 'text/javascript; charset=utf-8',
  'follow.js': 'text/javascript; charset=utf-8',
  'times.js': 'text/javascript; charset=utf-8',
};

/** In the bundle they are in a folder of their own, beside the folder of chunks that this module is in. */
function assetUrl(name: string): URL {
  if (typeof DESK_ASSETS === 'undefined') return new URL(`./assets/${name}`, import.meta.url);
  const folder = import.meta.url.includes('/chunks/') ? '..' : '.';
  return new URL(`${folder}/${DESK_ASSETS}/${name}`, import.meta.url);
}

/** Reads the style and the script of the pages, by name. Throws when they are not there. */
export function readAssets(): ReadonlyMap<string, Asset> {
  return new Map(
    Object.entries(types).map(([name, type]) => {
      const content = readFileSync(assetUrl(name), 'utf8');
      const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`;
      return [name, { type, content, etag }];
    }),
  );
}
