import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderMarkdown } from '../../src/desk/page/markdown.ts';
import { renderTree } from '../../src/desk/page/tree.ts';
import { charactersRead } from '../support/regular-expressions.ts';

/** HTML without the white space that only lays it out. */
function render(text: string): string {
  return renderMarkdown(text).html.replaceAll(/>\n\s*</gu, '><');
}

describe('markdown', () => {
  test.each([
    ['# One', '<h3>One</h3>'],
    ['##### Five ##', '<h6>Five</h6>'],
    ['#no heading', '<p>#no heading</p>'],
    ['a\nb\n\nc', '<p>a\nb</p><p>c</p>'],
    ['**a** *b* `c`', '<p><strong>a</strong> <em>b</em> <code>c</code></p>'],
    ['2 * 3 * 4 and snake_case_name', '<p>2 * 3 * 4 and snake_case_name</p>'],
    ['`` a ` b ``', '<p><code>a ` b</code></p>'],
    ['`**a** <b>`', '<p><code>**a** &lt;b&gt;</code></p>'],
    ['`open', '<p>`open</p>'],
    ['\\*a\\* \\`b\\`', '<p>*a* `b`</p>'],
    ['a &lt;b&gt; &amp; &copy;', '<p>a &lt;b&gt; &amp; &amp;copy;</p>'],
    ['[a](https://b.example) <https://c.example>', '<p>[a](https://b.example) &lt;https://c.example&gt;</p>'],
    ['- a\n- b\n  - c\n  more', '<ul><li>a</li><li>b<ul><li>c</li></ul><p>more</p></li></ul>'],
    ['1. a\n2. b\n\nc', '<ol><li>a</li><li>b</li></ol><p>c</p>'],
    ['- a\n1. b', '<ul><li>a</li></ul><ol><li>b</li></ol>'],
    ['- a\n\n  ```\n  code\n  ```', '<ul><li>a<pre><code>code</code></pre></li></ul>'],
    ['> a\n> - b', '<blockquote><p>a</p><ul><li>b</li></ul></blockquote>'],
    ['---', '<hr />'],
    ['````\n```\n<b>\n````\nx', '<pre><code>```\n&lt;b&gt;</code></pre><p>x</p>'],
    ['```\nnever closed', '<pre><code>never closed</code></pre>'],
    [
      '| a | b |\n|---|:-:|\n| `x` | y \\| z |',
      '<div class="scroll"><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td><code>x</code></td><td>y | z</td></tr></tbody></table></div>',
    ],
  ])('%j', (text, expected) => {
    expect(render(text)).toBe(expected);
  });

  test('never lets through a tag that it did not make itself', () => {
    const signs = fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      '`',
      '```',
      '*',
      '**',
      '|',
      '-',
      '\n',
      ' ',
      '#',
      '\\',
      '>',
      '1.',
      'a',
      '|---|\n',
      '  ',
    );
    const made =
      /<\/?(?:p|h[3-6]|strong|em|code|pre|ul|ol|li|blockquote|div|table|thead|tbody|tr|th|td)(?: class="scroll")?>|<hr \/>/gu;
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 60 }), (parts) => {
        expect(renderMarkdown(parts.join('')).html.replaceAll(made, '')).not.toMatch(/[<>]/u);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['`', '**a ', '- ', '> ', '|-', '|-|\n', '[a](', '1. ', '# '])(
    'twice the length of a text of %j costs about twice as much',
    (attack) => {
      const cost = (times: number): number => charactersRead(() => renderMarkdown(attack.repeat(times)));
      expect(cost(4_000)).toBeLessThan(3 * cost(2_000));
    },
  );
});

describe('the environment as a tree', () => {
  const tree = (value: Record<string, unknown>): string =>
    renderTree(value).html.replaceAll(/>\n\s*</gu, '><');

  test('shows fields by readable names, times, and what is missing', () => {
    const html = tree({
      restartCount: 4,
      imageID: 'x',
      'app.kubernetes.io/name': 'shop',
      at: '2026-08-02T03:09:41Z',
      ready: false,
      none: [],
    });
    expect(html).toContain('<dt>restart count</dt><dd>4</dd>');
    expect(html).toContain('<dt>image ID</dt>');
    expect(html).toContain('<dt>app.kubernetes.io/name</dt>');
    expect(html).toContain('2026-08-02 03:09:41 UTC');
    expect(html).toContain('<dt>ready</dt><dd>no</dd>');
    expect(html).toContain('<dt>none</dt><dd><span class="none">none</span></dd>');
  });

  test('shows flat objects as a table, and log lines as a block', () => {
    expect(tree({ events: [{ reason: 'A', count: 1 }, { reason: 'B' }] })).toContain(
      '<thead><tr><th>reason</th><th>count</th></tr></thead><tbody><tr><td>A</td><td>1</td></tr><tr><td>B</td><td></td></tr></tbody>',
    );
    expect(tree({ logs: [{ container: 'app', lines: ['line one', 'two'] }] })).toContain(
      '<pre>line one\ntwo</pre>',
    );
  });

  test('survives any depth', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 200; level += 1) deep = { a: deep };
    expect(tree({ deep })).toContain('{&quot;a&quot;');
  });
});
