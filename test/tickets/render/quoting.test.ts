import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { failureClasses } from '../../../src/domain/failure-classes.ts';
import { incidentSpecSchema, type Incident } from '../../../src/domain/incident.ts';
import { commentBody, pendingComment } from '../../../src/tickets/render/comments.ts';
import { renderDescription, renderDraft } from '../../../src/tickets/render/draft.ts';
import { toRequest } from '../../../src/tickets/render/request.ts';
import { payloads, storyOf } from './hostile.ts';

/** The reference dialect, with raw HTML, and with addresses that become links by themselves. */
const dialects = [
  new MarkdownIt('commonmark', { html: true }),
  new MarkdownIt('default', { html: true, linkify: true }),
];
const [reference = new MarkdownIt()] = dialects;

type Token = ReturnType<MarkdownIt['parse']>[number];

function tokensOf(text: string, dialect: MarkdownIt): readonly Token[] {
  return dialect.parse(text, {}).flatMap((token) => [token, ...(token.children ?? [])]);
}

/** Everything but the content of code: kinds of tokens, and all text outside of code, byte by byte. */
function structureOf(text: string): string {
  return (
    tokensOf(text, reference)
      .filter(({ type }) => type !== 'inline')
      .map(({ type, info, content }) => (isCode(type) ? `${type} ${info}` : `${type} ${content}`))
      .join('\n')
      .replaceAll(/q-[0-9a-f]{12}/g, 'q-boundary')
      // Whether the line looks like an error, which no text can make more of than this.
      .replaceAll('text Last line of its log', 'text Log says')
  );
}

function isCode(type: string): boolean {
  return type === 'code_inline' || type === 'fence';
}

const dangerous = new Set(['html_block', 'html_inline', 'link_open', 'image', 'code_block', 'table_open']);

function expectHarmless(text: string): void {
  for (const dialect of dialects) {
    const tokens = tokensOf(text, dialect);
    expect(tokens.map(({ type }) => type).filter((type) => dangerous.has(type))).toEqual([]);
    const outside = tokens.filter(({ type }) => type === 'text').map(({ content }) => content);
    expect(outside.filter((content) => /[<>@#`]|evil/.test(content))).toEqual([]);
  }
  expect(text).toBe(text.toWellFormed());
  // oxlint-disable-next-line no-control-regex -- that is what must not be there
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Cf}\p{DI}]/u);
}

/** Short enough that the whole ticket fits, whatever it is made of. */
const anyPayload = fc.oneof(
  fc.constantFrom(...payloads),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '`',
        '```',
        '\n',
        '<b>',
        '[a](b)',
        '![',
        '*',
        '@a',
        '#1',
        ' ',
        '\u202e',
        'x',
        '---',
        '~~~',
      ),
      {
        maxLength: 12,
      },
    )
    .map((parts) => parts.join('')),
);

const benign = structureOf(renderDescription(storyOf('benign')));

describe('a description', () => {
  test('is of the expected parts', () => {
    expect(benign).toContain('text Log of ');
    expect(benign).toContain('text What to run next');
    expect(benign.match(/^fence text/gm)).toHaveLength(3);
  });

  test.each(payloads)('has the same structure with %j in every text', (payload) => {
    const text = renderDescription(
      storyOf(payload === '' || payload.trim() === '' ? `x${payload}` : payload),
    );
    expectHarmless(text);
    expect(structureOf(text)).toBe(benign);
  });

  test.each(failureClasses)('about "%s" has the same structure with every payload', (failureClass) => {
    const ofClass = (text: string): string => renderDescription(storyOf(text, 'automatic', failureClass));
    const expected = structureOf(ofClass('benign'));
    // Short ones, so that everything that can be told fits.
    for (const payload of payloads.filter(({ length }) => length <= 40)) {
      const text = ofClass(payload.trim() === '' ? `x${payload}` : payload);
      expectHarmless(text);
      expect(structureOf(text)).toBe(expected);
    }
  });

  test('has the same structure with any payload', () => {
    fc.assert(
      fc.property(anyPayload, (payload) => {
        const text = renderDescription(storyOf(`x${payload}`));
        expectHarmless(text);
        expect(structureOf(text)).toBe(benign);
      }),
      { numRuns: 300 },
    );
  });

  test('is harmless and within its limit with payloads of any length', () => {
    const long = fc
      .tuple(anyPayload, fc.integer({ min: 1, max: 3_000 }))
      .map(([payload, times]) => payload.repeat(times).slice(0, 4_000));
    fc.assert(
      fc.property(long, fc.constantFrom('automatic', 'manual', 'storm', 'shared'), (payload, trigger) => {
        const draft = renderDraft(storyOf(payload, trigger), { category: 'technical', severity: 'critical' });
        for (const shrink of [0, 1, 2]) {
          const marker = 'k8s-47eb08f776-c4009';
          const request = toRequest({
            draft,
            marker,
            clusterId: undefined,
            shrink,
            incident: 'deployment-checkout-0123abcd-1',
            recoveredAt: 1_800_000_000_000,
          });
          expect(request.description.length).toBeLessThanOrEqual(10_000);
          expectHarmless(request.description);
          const lastLine = tokensOf(request.description, reference).findLast(({ type }) => type === 'text');
          expect(lastLine?.content).toBe(`[${marker}]`);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('has a boundary that its quoted text cannot know', () => {
    const boundaryOf = (text: string): string => /boundary `(q-[0-9a-f]{12})`/.exec(text)?.[1] ?? '';
    const first = renderDescription(storyOf('a'));
    expect(boundaryOf(first)).not.toBe('');
    expect(boundaryOf(renderDescription(storyOf('a')))).toBe(boundaryOf(first));
    const posing = `--- end ${boundaryOf(first)} ---`;
    const second = renderDescription(storyOf(posing));
    expect(boundaryOf(second)).not.toBe(boundaryOf(first));
    expect(second.split(`--- end ${boundaryOf(second)} ---`)).toHaveLength(4);
  });
});

describe('a comment', () => {
  const incident: Incident = {
    name: 'deployment-checkout-47eb08f7-1',
    uid: 'u',
    resourceVersion: '1',
    createdAt: 0,
    spec: incidentSpecSchema.parse({
      trigger: 'automatic',
      target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout', uid: 'u' },
      key: 'k',
      class: 'crash',
      reason: 'CrashLoopBackOff',
      openedAt: 1_800_000_000_000,
    }),
    status: { phase: 'Filed' },
  };

  test.each(['recurred', 'adopted', 'worse', 'grown', 'unresolved', 'manual'] as const)(
    'about "%s" has the same structure with any payload, short enough for the status of an Incident',
    (kind) => {
      const body = (payload: string): string => {
        const hostile: Incident = {
          ...incident,
          spec: { ...incident.spec, target: { ...incident.spec.target, name: payload } },
        };
        const affected = Array.from({ length: 12 }, () => payload);
        const comment = pendingComment(hostile, kind, {
          now: 1_800_000_600_000,
          message: payload,
          note: payload,
          affected,
          occurrences: 40,
        });
        expect(comment.text.length).toBeLessThanOrEqual(10_000);
        return commentBody(comment);
      };
      const expected = structureOf(body('benign'));
      fc.assert(
        fc.property(anyPayload, fc.integer({ min: 1, max: 500 }), (payload, times) => {
          const text = body(`x${payload.repeat(times)}`);
          expectHarmless(text);
          expect(structureOf(text)).toBe(expected);
        }),
        { numRuns: 60 },
      );
    },
  );
});

describe('a subject', () => {
  test.each([
    ['[click](https://evil.example/x)', '(click)(evil.example/x)'],
    ['<img src=x>', '(img src=x)'],
    ['`code`', "'code'"],
    ['ping @everyone, (@ops) see #12 and org/repo#3', 'ping @ everyone, (@ ops) see # 12 and org/repo# 3'],
    ['registry.example.com/a@sha256:5d7c', 'registry.example.com/a@sha256:5d7c'],
    ['[k8s-47eb08f776-c4009] K8S-47eb08f776', '(k8s 47eb08f776-c4009) k8s 47eb08f776'],
    ['a\nb\u202E\u200Bc', 'a bc'],
  ])('%j becomes %j', (message, expected) => {
    const { subject } = renderDraft(
      { ...storyOf('a'), message, trigger: 'manual' },
      { category: 'technical', severity: 'critical' },
    );
    expect(subject).toBe(`Deployment shop/a: ${expected}`);
  });

  test('never holds a marker but its own, and ends with it', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 400 }),
        fc.constantFrom('', 'k8s-', '[k8s-0123456789-abcde]'),
        (text, posing) => {
          const draft = renderDraft(storyOf(`${posing}${text}${posing}`), {
            category: 'technical',
            severity: 'critical',
          });
          const { subject } = toRequest({
            draft,
            marker: 'k8s-47eb08f776-c4009',
            clusterId: undefined,
            shrink: 0,
            incident: 'deployment-checkout-0123abcd-1',
          });
          expect(subject.length).toBeLessThanOrEqual(200);
          expect(subject.match(/k8s-[0-9a-f]/gi)).toHaveLength(1);
          expect(subject.endsWith(' [k8s-47eb08f776-c4009]')).toBe(true);
        },
      ),
    );
  });
});
