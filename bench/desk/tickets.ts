import { readEnvironment } from '../../src/desk/failure-facts.ts';
import type { NewTicket } from '../../src/desk/rows.ts';
import { DEFAULT_ORGANISATION } from '../../src/desk/tokens.ts';

const classes = ['CrashLoopBackOff', 'OOMKilled', 'ImagePullBackOff', 'Unschedulable', 'NodeNotReady'];
const names = ['payments', 'checkout', 'search', 'mail', 'orders', 'stock', 'users'];
const severities = ['critical', 'high', 'medium', 'low'] as const;

function of<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T;
}

/** The n-th ticket of many, filed at `at` (RFC 3339): like those of the agent, with 4 kB of environment. */
export function aTicket(n: number, at: string): NewTicket {
  const workload = `${of(names, n)}-${n % 500}`;
  const environment = {
    version: '1',
    incident: { class: of(classes, n), reason: 'Error', since: at, occurrences: 1 + (n % 40) },
    owner: { kind: 'Deployment', namespace: `shop-${n % 20}`, name: workload },
    logs: [
      {
        container: 'app',
        pod: `${workload}-7f9c-${n}`,
        lines: Array.from(
          { length: 40 },
          (_none, line) => `${at} error ${line}: connection to database ${n % 97} refused after 3 attempts`,
        ),
      },
    ],
  };
  const cluster = n % 12;
  return {
    id: `${String(n).padStart(8, '0')}-1111-4111-8111-111111111111`,
    organisation_id: DEFAULT_ORGANISATION,
    subject: `shop-${n % 20}/${workload}: container app exits with code ${n % 3} [k8s-${String(n).padStart(10, '0')}-abcde]`,
    description: `**Deployment ${workload}** in shop-${n % 20} fails since ${at}.\n\n${'The container app exits and is started again. '.repeat(12)}`,
    source: 'agent',
    severity: of(severities, n),
    category: 'technical',
    cluster_id: `00000000-0000-4000-8000-${String(cluster).padStart(12, '0')}`,
    cluster_name: `cluster-${cluster}`,
    status: n % 10 === 0 ? 'open' : 'closed',
    ai_review_status: 'passed',
    ai_summary: null,
    ...readEnvironment(environment),
    environment: JSON.stringify(environment),
    clarification_answers: null,
    request: JSON.stringify({ subject: '', environment }),
    created_at: at,
    updated_at: at,
    list_visible_at: 0,
  };
}
