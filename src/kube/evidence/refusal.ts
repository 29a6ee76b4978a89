import type { Evidence } from '../../domain/environment.ts';
import type { RefusalFacts } from '../../domain/surroundings.ts';

type Conditions = NonNullable<Evidence['owner']>['conditions'];

/** How the API server words its refusals (k8s.io/apiserver and plugin/pkg/admission of k8s.io/kubernetes). */
const patterns: readonly (readonly [RegExp, RefusalFacts['by']])[] = [
  [/(?:exceeded|failed|insufficient|status unknown for) quota: ([^,:\s]+)/, 'quota'],
  [/violates PodSecurity "([^"]+)"/, 'podSecurity'],
  [/failed calling (?:admission )?webhook "([^"]+)"/, 'webhookUnreachable'],
  [/admission webhook "([^"]+)" denied the request/, 'webhook'],
  [/ValidatingAdmissionPolicy '([^']+)'/, 'admissionPolicy'],
  [/serviceaccount "([^"]+)" not found/, 'serviceAccount'],
  [/no PriorityClass with name ([^\s,]+) was found/, 'priorityClass'],
  [
    /(?:maximum|minimum) \S+ usage per \w+ is|(?:cpu|memory|storage) max limit to request ratio/,
    'limitRange',
  ],
];

/** Who refuses the pods, by the condition of a Deployment or the newest FailedCreate event. */
export function refusalOf(conditions: Conditions, events: Evidence['events']): RefusalFacts | undefined {
  const condition = conditions.find(
    ({ type, status, reason }) =>
      (type === 'ReplicaFailure' && status === 'True' && reason !== 'FailedDelete') ||
      reason === 'ReplicaSetCreateError',
  );
  const message = condition?.message ?? events.find(({ reason }) => reason === 'FailedCreate')?.message;
  return message === undefined ? undefined : readRefusal(message);
}

/** A refusal in its parts. */
export function readRefusal(message: string): RefusalFacts {
  for (const [pattern, by] of patterns) {
    const match = pattern.exec(message);
    if (match !== null) return { by, ...(match[1] === undefined ? {} : { name: match[1] }), message };
  }
  return { by: 'other', message };
}
