import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { chart, helm } from './helm.ts';

/** The little that the tests know of a Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Names of the value files in the chart's `ci/` folder, without their ending. */
export const cases: readonly string[] = readdirSync(join(chart, 'ci'))
  .map((name) => name.replace(/-values\.yaml$/, ''))
  .toSorted();

/** Runs `helm template` as release `support` in namespace `ankra` and gives the text. Throws what Helm says. */
export async function template(...args: readonly string[]): Promise<string> {
  const answer = await helm('template', 'support', chart, '--namespace', 'ankra', ...args);
  if (!answer.ok) throw new Error(answer.stderr);
  return answer.stdout;
}

/** Renders the chart with one of the value files. */
export function templateCase(name: string, ...args: readonly string[]): Promise<string> {
  return template('--values', join(chart, `ci/${name}-values.yaml`), ...args);
}

/** The objects of a rendered text. Throws on text that is not YAML. */
export function manifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors.length > 0) throw new Error(document.errors.join('\n'));
      return document.toJS() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);
}

/** The one object of this kind; throws when there are more or none. */
export function only(objects: readonly Manifest[], kind: string): Manifest {
  const [first, ...more] = objects.filter((object) => object.kind === kind);
  if (first === undefined || more.length > 0) throw new Error(`not exactly one ${kind}`);
  return first;
}
