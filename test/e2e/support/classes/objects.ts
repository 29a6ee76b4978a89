import { busyboxImage } from '../../../cluster/index.ts';

/** Any part of an object, as kubectl takes it. */
export type Fields = Readonly<Record<string, unknown>>;

/** A container with a shell script; `more` replaces or adds fields. */
export function aContainer(script: string, more: Fields = {}): Fields {
  return {
    name: 'app',
    image: busyboxImage,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/sh', '-c', script],
    ...more,
  };
}

/** The spec of a pod with one container. */
export function aPodSpec(container: Fields, more: Fields = {}): Fields {
  return {
    // Without a cluster DNS the kubelet would post a warning for every pod.
    dnsPolicy: 'Default',
    terminationGracePeriodSeconds: 1,
    containers: [container],
    ...more,
  };
}

/** What is wrapped around a pod spec: the object that makes the pods, or the pod itself. */
export interface Wrapping {
  readonly namespace: string;
  readonly name: string;
  readonly pod: Fields;
  /** Further fields of the object's own spec. */
  readonly spec?: Fields;
}

const apps = { Deployment: 'apps/v1', StatefulSet: 'apps/v1', DaemonSet: 'apps/v1' } as const;

/** A Deployment, StatefulSet or DaemonSet. */
export function aWorkload(kind: keyof typeof apps, { namespace, name, pod, spec = {} }: Wrapping): Fields {
  const labels = { app: name };
  return {
    apiVersion: apps[kind],
    kind,
    metadata: { namespace, name, labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: pod },
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      ...spec,
    },
  };
}

/** A Job whose pods are not restarted in place. */
export function aJob({ namespace, name, pod, spec = {} }: Wrapping): Fields {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { namespace, name },
    spec: jobSpec(pod, spec),
  };
}

/** A CronJob that runs every minute. */
export function aCronJob({ namespace, name, pod, spec = {} }: Wrapping): Fields {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { namespace, name },
    spec: { schedule: '* * * * *', jobTemplate: { spec: jobSpec(pod, spec) } },
  };
}

function jobSpec(pod: Fields, more: Fields): Fields {
  return { template: { spec: { restartPolicy: 'Never', ...pod } }, ...more };
}

/** A pod that nobody brings back. */
export function aPod({ namespace, name, pod }: Wrapping): Fields {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name }, spec: pod };
}

/** A namespace, with labels that admission reads. */
export function aLabelledNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Fields {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}
