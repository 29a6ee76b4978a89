import type { KubeObject } from './api-types.ts';
import type { Resource } from './resources.ts';

/**
 * The two event APIs show the same objects under different names
 * (Convert_core_Event_To_v1_Event in k8s.io/kubernetes pkg/apis/events/v1). Stored is the core form.
 */
const newNames: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  reportingComponent: 'reportingController',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
};
const coreNames = Object.fromEntries(Object.entries(newNames).map(([core, renamed]) => [renamed, core]));

function rename(object: KubeObject, names: Readonly<Record<string, string>>, apiVersion: string): KubeObject {
  const fields = Object.entries(object).map(([field, value]) => [names[field] ?? field, value] as const);
  return { ...(Object.fromEntries(fields) as KubeObject), apiVersion };
}

/** What is stored for an object sent to `resource`. */
export function toStorage(resource: Resource, object: KubeObject): KubeObject {
  if (resource.storage !== 'events') return object;
  const core = resource.group === '' ? object : rename(object, coreNames, 'v1');
  // The API server always shows these, `null` or empty when nobody has set them.
  return {
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: null,
    reportingComponent: '',
    reportingInstance: '',
    ...core,
  };
}

/** What `resource` shows of a stored object. */
export function fromStorage<T extends KubeObject>(resource: Resource, object: T): T {
  if (resource.storage !== 'events' || resource.group === '') return object;
  return rename(object, newNames, 'events.k8s.io/v1') as T;
}
