import { textAt, type StoredObject } from './api-types.ts';
import type { Resource } from './resources.ts';
import { badRequest } from './status.ts';

/** Says whether an object is wanted. */
export type Predicate = (object: StoredObject) => boolean;

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

const labelKey = String.raw`(?:[a-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?`;
const setPattern = new RegExp(String.raw`^(${labelKey})\s+(in|notin)\s+\(([^()]*)\)$`);
const equalityPattern = new RegExp(String.raw`^(${labelKey})\s*(==|=|!=)\s*([A-Za-z0-9_.-]*)$`);
const existsPattern = new RegExp(`^(!?)\\s*(${labelKey})$`);

/** Cuts at commas outside parentheses: `a in (x,y),b=c` has two requirements. */
function requirements(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function setTest(requirement: string): LabelTest | undefined {
  const [, key, operator, list = ''] = setPattern.exec(requirement) ?? [];
  if (key === undefined) return undefined;
  const values = new Set(list.split(',').map((value) => value.trim()));
  const isListed: LabelTest = (labels) => key in labels && values.has(labels[key] ?? '');
  // `notin` also selects objects without the label, as `!=` does.
  return operator === 'in' ? isListed : (labels) => !isListed(labels);
}

function equalityTest(requirement: string): LabelTest | undefined {
  const [, key, sign, value] = equalityPattern.exec(requirement) ?? [];
  if (key === undefined) return undefined;
  return (labels) => (labels[key] === value) === (sign !== '!=');
}

function existsTest(requirement: string): LabelTest | undefined {
  const [, not, key] = existsPattern.exec(requirement) ?? [];
  if (key === undefined) return undefined;
  return (labels) => key in labels === (not === '');
}

function labelTest(requirement: string): LabelTest {
  const test = setTest(requirement) ?? equalityTest(requirement) ?? existsTest(requirement);
  if (test === undefined) throw badRequest(`unable to parse requirement: ${requirement}`);
  return test;
}

/** `labelSelector`: equality, set-based and existence requirements, all of which must hold. Throws 400. */
export function parseLabelSelector(selector: string): Predicate {
  const tests = requirements(selector).map(labelTest);
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

/** Kinds without fields of their own are refused in other words than the rest. */
function notSelectable({ custom, selectableFields }: Resource, name: string): string {
  const known = Object.keys(selectableFields);
  const isPlain = !custom && known.every((field) => field.startsWith('metadata.'));
  if (!isPlain) return `field label not supported: ${name}`;
  return `"${name}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function fieldTest(resource: Resource, term: string): Predicate {
  const [, name = '', sign, value = ''] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? [];
  if (sign === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const path = resource.selectableFields[name];
  if (path === undefined) throw badRequest(notSelectable(resource, name));
  const wanted = sign !== '!=';
  return (object) => (textAt(object, path) === value) === wanted;
}

/** `fieldSelector`: `field=value`, `==` or `!=` on the resource's selectable fields; a missing field is `''`. Throws 400. */
export function parseFieldSelector(resource: Resource, selector: string): Predicate {
  const tests = selector
    .split(',')
    .filter((term) => term !== '')
    .map((term) => fieldTest(resource, term));
  return (object) => tests.every((test) => test(object));
}
