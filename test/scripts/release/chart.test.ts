import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { absoluteLinks, annotated, changesOf } from '../../../scripts/release/chart.ts';

const input = {
  version: '1.2.3',
  epoch: 0,
  source: 'https://example.com/agent',
  image: 'example.com/agent:1.2.3@sha256:abc',
};
const chartYaml = "# Kept.\nname: agent\nversion: 1.2.3\nappVersion: '1.2.3'\nannotations:\n  own: x\n";
const changelog = `# Changelog

## [Unreleased]

### Added

- Something that is
  not released.

## [1.2.3] - 2026-01-01

### Fixed

- One thing, and what
  it means.
- Another: "quoted".

### Changed

- A third.

## [1.2.2] - 2025-01-01

### Fixed

- Old.
`;

describe('Chart.yaml of a release', () => {
  test('names image, changes and links, and keeps what stands in it', () => {
    const text = annotated(chartYaml, input, changelog);
    expect(text).toContain('# Kept.');
    const { annotations } = parse(text) as { annotations: Record<string, string> };
    expect(annotations['own']).toBe('x');
    expect(parse(annotations['artifacthub.io/images'] ?? '')).toEqual([
      { name: 'ankra-support-agent', image: input.image },
    ]);
    expect(parse(annotations['artifacthub.io/changes'] ?? '')).toHaveLength(3);
    expect(annotations['artifacthub.io/prerelease']).toBe('false');
    expect(annotations['artifacthub.io/links']).toContain(
      'https://example.com/agent/blob/v1.2.3/UPGRADING.md',
    );
  });

  test('makes the links of the changes absolute', () => {
    const linked = changelog.replace('A third.', '[A third](docs/a.md).');
    expect(annotated(chartYaml, input, linked)).toContain(
      '(https://example.com/agent/blob/v1.2.3/docs/a.md)',
    );
  });

  test.each(['0.1.0', '1.0.0-rc.1'])('calls %s a prerelease', (version) => {
    const text = annotated(chartYaml.replaceAll('1.2.3', version), { ...input, version }, changelog);
    expect(text).toMatch(/prerelease: ["']?true/);
  });

  test.each([
    ['version', chartYaml.replace('version: 1.2.3', 'version: 1.2.2')],
    ['appVersion', chartYaml.replace("'1.2.3'", "'1.2.2'")],
  ])('is refused where %s is of another release', (field, text) => {
    expect(() => annotated(text, input, changelog)).toThrow(`Chart.yaml: ${field} is 1.2.2; set it to 1.2.3`);
  });
});

describe('the changes', () => {
  test('are those of the version, each in one line with its kind', () => {
    expect(changesOf(changelog, '1.2.3')).toEqual([
      { kind: 'fixed', description: 'One thing, and what it means.' },
      { kind: 'fixed', description: 'Another: "quoted".' },
      { kind: 'changed', description: 'A third.' },
    ]);
  });

  test('stand without the headings between them', () => {
    const grouped =
      '## [1.0.0]\n\n### Added\n\n#### Commands\n\n- One.\n\n#### Tickets ([a](b.md))\n\n- Two.\n';
    expect(changesOf(grouped, '1.0.0')).toEqual([
      { kind: 'added', description: 'One.' },
      { kind: 'added', description: 'Two.' },
    ]);
  });

  test('are those that are not released where the version has no section yet', () => {
    expect(changesOf(changelog, '2.0.0')).toEqual([
      { kind: 'added', description: 'Something that is not released.' },
    ]);
  });
});

describe('links of a packaged page', () => {
  test.each([
    ['[a](../../docs/install.md)', '[a](https://x/v1/docs/install.md)'],
    ['[a](../../docs/install.md#rights)', '[a](https://x/v1/docs/install.md#rights)'],
    ['[a](values.yaml)', '[a](https://x/v1/charts/agent/values.yaml)'],
    ['[a](https://example.com/b)', '[a](https://example.com/b)'],
    ['[a](#values)', '[a](#values)'],
    ['[a](mailto:b@example.com)', '[a](mailto:b@example.com)'],
    ['[a](b.md) and [c](../d.md)', '[a](https://x/v1/charts/agent/b.md) and [c](https://x/v1/charts/d.md)'],
    ['f(x)[1] (aside)', 'f(x)[1] (aside)'],
  ])('%s', (text, expected) => {
    expect(absoluteLinks(text, 'charts/agent', 'https://x/v1')).toBe(expected);
  });
});
