import { toMicroTime, toTime, type Fields, type KubeObject } from './api-types.ts';

/** What an Event says. */
export interface EventOptions {
  readonly name: string;
  readonly regarding: KubeObject;
  readonly type?: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Who reports; default `kubelet`. */
  readonly component?: string;
  readonly firstAt: number;
  readonly lastAt?: number;
  readonly count?: number;
  /** e.g. `spec.containers{checkout}` */
  readonly fieldPath?: string;
}

/** What an Event's `involvedObject` says of an object. */
export function aReference(object: KubeObject, fieldPath?: string): Fields {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  const reference = {
    kind: object.kind,
    namespace,
    name,
    uid,
    apiVersion: object.apiVersion,
    resourceVersion,
    fieldPath,
  };
  return Object.fromEntries(Object.entries(reference).filter(([, value]) => value !== undefined));
}

/** An Event of the old recorder, as kubelet and controllers write it: counted, with first and last time. */
export function anEvent(options: EventOptions): KubeObject {
  const { regarding, type = 'Normal', component = 'kubelet', firstAt, lastAt = firstAt, count = 1 } = options;
  const isKubelet = component === 'kubelet';
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: options.name, namespace: regarding.metadata.namespace ?? 'default' },
    involvedObject: aReference(regarding, options.fieldPath),
    type,
    reason: options.reason,
    message: options.message,
    source: isKubelet ? { component, host: 'node-1' } : { component },
    firstTimestamp: toTime(firstAt),
    lastTimestamp: toTime(lastAt),
    count,
    eventTime: null,
    reportingComponent: component,
    reportingInstance: isKubelet ? 'node-1' : '',
  };
}

/** An Event of the new recorder, as the scheduler writes it: `eventTime`, an action, no count. */
export function aNewStyleEvent(options: EventOptions & { readonly action: string }): KubeObject {
  const component = options.component ?? 'default-scheduler';
  const { count: _count, ...event } = anEvent(options);
  return {
    ...(event as KubeObject),
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: toMicroTime(options.firstAt),
    action: options.action,
    reportingComponent: component,
    reportingInstance: `${component}-node-1`,
  };
}
