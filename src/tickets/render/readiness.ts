import type { Environment } from '../../domain/environment.ts';

type Condition = NonNullable<Environment['pod']>['conditions'][number];

/** The pod's own word on why it is not ready; undefined when it is, or does not say. */
export function readinessOf({ pod }: Pick<Environment, 'pod'>): Condition | undefined {
  return pod?.conditions.find(({ type, status }) => type === 'Ready' && status !== 'True');
}
