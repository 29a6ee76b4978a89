import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { pages, readPage, referencesOf, root } from './pages.ts';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** A path of this repository, as prose names it: `src/outbox/next-step.ts`, `docs/adr/`. */
const PATH = /^(?:src|test|docs|charts|deploy|bench|scripts|\.ci|\.github)\/[\w./-]*$/;

describe.each(pages().map((page) => ({ page })))('$page', ({ page }) => {
  const { links, code } = referencesOf(readPage(page));

  test('has no broken link', () => {
    expect(links.filter((link) => !resolves(page, link))).toEqual([]);
  });

  test('names no script of npm that does not exist', () => {
    const named = code.flatMap((text) =>
      [...text.matchAll(/\bnpm run (?:-\S+ )*([a-z][\w:-]*)/g)].map((match) => match[1] ?? ''),
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test('names no path of the repository that does not exist', () => {
    const named = code.filter((text) => PATH.test(text));
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

test('every page can be reached from the README', () => {
  const reached = new Set<string>();
  const waiting = ['README.md'];
  for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
    if (reached.has(page) || !page.endsWith('.md') || !existsSync(join(root, page))) continue;
    reached.add(page);
    for (const link of referencesOf(readPage(page)).links) {
      if (!isExternal(link)) waiting.push(relative(root, targetOf(page, link)));
    }
  }
  const hidden = pages().filter((page) => !reached.has(page) && !page.startsWith('test/'));
  expect(hidden).toEqual([]);
});

function isExternal(link: string): boolean {
  return /^[a-z]+:/.test(link);
}

function targetOf(page: string, link: string): string {
  const [path = ''] = link.split('#');
  return path === '' ? join(root, page) : resolve(root, dirname(page), decodeURIComponent(path));
}

function resolves(page: string, link: string): boolean {
  if (isExternal(link)) return true;
  const target = targetOf(page, link);
  if (!existsSync(target)) return false;
  const anchor = link.split('#')[1];
  return anchor === undefined || referencesOf(readFileSync(target, 'utf8')).anchors.has(anchor);
}
