import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderMarkdown } from '../../src/desk/page/markdown.ts';
import { renderTree } from '../../src/desk/page/tree.ts';
import { DESCRIPTION_LIMIT } from '../../src/domain/ticket.ts';

/** HTML without the white space that only lays it out. */
function render(text: string): string {
  return renderMarkdown(text)
    .html.trim()
    .replaceAll(/>\n\s*</gu, '><');
}

describe('markdown', () => {
  test.each([
    ['# One', '<h3>One</h3>'],
    ['##### Five ##', '<h3>Five</h3>'],
    ['# A\n\n### B\n\n## C\n\n# D', '<h3>A</h3><h4>B</h4><h4>C</h4><h3>D</h3>'],
    ['a\nb\n\nc', '<p>a\nb</p><p>c</p>'],
    ['**a** *b* `c`', '<p><strong>a</strong> <em>b</em> <code>c</code></p>'],
    // What the first renderer lost or changed.
    ['2 * 3 * 4 and snake_case_name', '<p>2 * 3 * 4 and snake_case_name</p>'],
    ['my__init__py', '<p>my__init__py</p>'],
    [
      '    indented code',
      '<div class="code" data-copy><pre tabindex="0"><code>indented code</code></pre></div>',
    ],
    ['3. c\n4. d', '<ol start="3"><li>c</li><li>d</li></ol>'],
    ['a  \nb', '<p>a<br>\nb</p>'],
    ['`**a** <b>`', '<p><code>**a** &lt;b&gt;</code></p>'],
    ['a &lt;b&gt; &copy;', '<p>a &lt;b&gt; ©</p>'],
    ['<b>a</b> <!-- c -->', '<p>&lt;b&gt;a&lt;/b&gt; &lt;!-- c --&gt;</p>'],
    ['- a\n- b\n  - c', '<ul><li>a</li><li>b\n<ul><li>c</li></ul></li></ul>'],
    [
      '```\nnever closed',
      '<div class="code" data-copy><pre tabindex="0"><code>never closed</code></pre></div>',
    ],
    [
      '| a |\n|---|\n| y \\| z |',
      '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>y | z</td></tr></tbody></table></div>',
    ],
  ])('%j', (text, expected) => {
    expect(render(text)).toBe(expected);
  });

  test.each([
    ['https://runbooks.example/crash', '>https://runbooks.example/crash</a></p>'],
    ['[runbook](https://runbooks.example/crash)', '>runbook</a> (runbooks.example)</p>'],
    ['[bank.example](https://elsewhere.example)', '>bank.example</a> (elsewhere.example)</p>'],
  ])('a link to https says where it leads, and gives nothing away: %j', (text, end) => {
    expect(render(text)).toMatch(/^<p><a href="https:[^"]+" rel="noopener noreferrer" target="_blank">/);
    expect(render(text)).toContain(end);
  });

  test.each([
    '[a](javascript:alert(1))',
    '[a](data:text/html,x)',
    '<http://plain.example>',
    'www.bare.example and main.rs',
    '[a](/tickets/1)',
    '![a](javascript:alert(1))',
    '[a](  java\nscript:alert(1))',
    '[a](vbscript:x)',
  ])('nothing else is a link or an image: %j', (text) => {
    expect(render(text)).not.toMatch(/<(?:a|img)\b/);
  });

  test.each(['a \u202e b', 'a &#x202e; b', '`\u202e`', '    \u2066', 'a\u200bb', '\u001b[31m'])(
    'controls that change what is seen are shown as what they are: %j',
    (text) => {
      expect(render(text)).toMatch(/‹U\+(?:202E|2066|200B|001B)›/);
      expect(['\u202e', '\u2066', '\u200b', '\u001b'].filter((sign) => render(text).includes(sign))).toEqual(
        [],
      );
    },
  );

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
      /<\/?(?:p|h[3-6]|strong|em|code|pre|ul|ol|li|blockquote|div|table|thead|tbody|tr|th|td)(?: class="(?:scroll|code)"| data-copy| tabindex="0"| role="group"| aria-label="Table"| start="\d+")*>|<(?:hr|br)>/gu;
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 60 }), (parts) => {
        expect(renderMarkdown(parts.join('')).html.replaceAll(made, '')).not.toMatch(/[<>]/u);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['`', '**a ', '- ', '> ', '|-', '|-|\n', '[a](', '1. ', '# ', '*a_', '[', '<', '&#', '!['])(
    'a description full of %j is drawn within a second',
    (attack) => {
      const started = process.cpuUsage();
      renderMarkdown(attack.repeat(Math.ceil(DESCRIPTION_LIMIT / attack.length)).slice(0, DESCRIPTION_LIMIT));
      // Of this process's own time: a busy machine makes no difference.
      expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
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
    const table = tree({ taints: [{ key: 'A', effect: 'x' }, { key: 'B' }] });
    expect(table).toContain('<thead><tr><th>key</th><th>effect</th></tr></thead>');
    expect(table).toContain('<tr><td data-label="key">B</td><td data-label="effect"></td></tr>');
    expect(tree({ logs: [{ container: 'app', lines: ['line one', 'two'] }] })).toContain(
      'line one\ntwo</pre>',
    );
  });

  test('shows the warnings among Events, and folds what is always said', () => {
    const events = [
      { type: 'Normal', reason: 'Pulled', message: 'image', lastAt: '2026-08-02T03:09:41Z' },
      { type: 'Warning', reason: 'BackOff', message: 'restarting', count: 3, lastAt: '2026-08-02T03:09:42Z' },
    ];
    const html = tree({ events });
    expect(html).toMatch(/03:09:42.*BackOff.*3 times.*restarting.*<details.*1 normal event.*Pulled/su);
  });

  const nest = (levels: number, wrap: (inner: unknown) => unknown): unknown => {
    let value: unknown = 'x';
    for (let level = 0; level < levels; level += 1) value = wrap(value);
    return value;
  };
  const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_none, at) => [`k${at}`, {}]));
  const tower = nest(6, (inner) =>
    Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => [key, inner])),
  );

  test.each([
    ['5,000 levels of objects', nest(5_000, (inner) => ({ a: inner }))],
    ['5,000 levels of lists', nest(5_000, (inner) => [inner])],
    ['50,000 fields', wide],
    ['50,000 nested lists', Array.from({ length: 50_000 }, () => [[[[1]]]])],
    ['46,656 leaves', tower],
    ['one long word', 'x'.repeat(1_000_000)],
    ['many long texts', Array.from({ length: 100 }, () => ({ text: `${'y'.repeat(20_000)}\n` }))],
  ])('%s make a page of less than 1.5 MB that says what is left out', (_name, value) => {
    const html = tree({ value });
    expect(html.length).toBeLessThan(1_500_000);
    expect(html).toMatch(/raw JSON|more characters/);
  });
});
