import type { ConfigInput } from '../../../../src/config/index.ts';
import { createDesk, type Desk } from '../../../../src/desk/desk.ts';
import { type AgentProcess, type AgentProcessOptions, startAgentProcess } from './agent-process.ts';
import { type BreakingProxy, startBreakingProxy } from './breaking-proxy.ts';
import type { Stage } from './stage.ts';
import { createWorkloads, type Workloads } from './workloads.ts';

const DESK_TOKEN = 'token-of-the-stale-suite';

/** A ticket as its reader sees it. */
export interface SeenTicket {
  readonly id: string;
  readonly subject: string;
  readonly description: string;
  readonly status: string;
  readonly comments: readonly string[];
}

/** An Incident as it lies in the cluster. */
export interface IncidentObject {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>> & { readonly target: { readonly name: string } };
  readonly status?: Readonly<Record<string, unknown>> & { readonly phase?: string };
}

/** One scenario: an agent of its own, which files for one namespace alone, with a proxy before each of the two APIs. */
export interface Scene {
  readonly stage: Stage;
  /** Workloads of the namespace for which the agent files. */
  readonly workloads: Workloads;
  /** Between the agent and the API server. */
  readonly api: BreakingProxy;
  /** Between the agent and the desk. */
  readonly ticketApi: BreakingProxy;
  readonly desk: Desk;
  readonly incidentsPath: string;
  /** Starts the agent; once in a scene. */
  start(more?: StartOptions): Promise<AgentProcess>;
  readonly agent: AgentProcess;
  /** Tickets of a workload, oldest first. */
  tickets(workload: string): readonly SeenTicket[];
  incidents(workload: string): Promise<readonly IncidentObject[]>;
  /** All that was filed and logged, for a person who asks why a scenario failed. */
  report(): string;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly config?: Omit<ConfigInput, 'ticketApi'>;
  readonly clockOffMs?: number;
}

/** Of quiet, four times which a test can wait for. */
export const QUIET_MS = 20_000;

/** Short waits, so that a run takes minutes; everything else as by default. */
const quickConfig: Omit<ConfigInput, 'ticketApi'> = {
  groupWait: '1s',
  resolveAfter: `${QUIET_MS}ms`,
  lease: { duration: '8s', renewDeadline: '5s', retryPeriod: '1s' },
  http: { host: '127.0.0.1', port: 0 },
  // What other suites ask for is theirs.
  manual: { enabled: false },
};

/** Makes the namespaces, the desk and the proxies. The agent starts later. */
export async function openScene(stage: Stage, name: string): Promise<Scene> {
  const namespace = `${stage.run}-${name}`;
  const home = `${namespace}-agent`;
  const [token] = await Promise.all([stage.giveHome(home), stage.makeNamespace(namespace)]);
  const desk = await createDesk({
    file: ':memory:',
    tokens: [{ token: DESK_TOKEN }],
    host: '127.0.0.1',
    port: 0,
  });
  const { tls, server, ca, admin } = stage;
  const api = await startBreakingProxy({ upstream: server.url, upstreamCa: server.ca, tls });
  const ticketApi = await startBreakingProxy({ upstream: desk.url });
  const incidentsPath = `/apis/support.ankra.app/v1alpha1/namespaces/${home}/incidents`;
  let agent: AgentProcess | undefined;
  const tickets = (text: string): readonly SeenTicket[] => ticketsOf(desk, text);
  return {
    stage,
    workloads: createWorkloads(admin, namespace),
    api,
    ticketApi,
    desk,
    incidentsPath,
    start: async ({ config = {}, clockOffMs = 0 } = {}) => {
      const options: AgentProcessOptions = {
        api: { url: api.url, ca, token },
        namespace: home,
        deskToken: DESK_TOKEN,
        clockOffMs,
        config: {
          ...quickConfig,
          watch: { includeNamespaces: [namespace] },
          ...config,
          ticketApi: { url: ticketApi.url, lookupDelay: '2s' },
        },
      };
      agent = await startAgentProcess(options);
      return agent;
    },
    get agent() {
      if (agent === undefined) throw new Error('the agent of this scene has not been started');
      return agent;
    },
    tickets: (workload) => tickets(`${namespace}/${workload}:`),
    incidents: async (workload) => {
      const list = await admin.json<{ readonly items: readonly IncidentObject[] }>({ path: incidentsPath });
      return list.items.filter(({ spec }) => spec.target.name === workload);
    },
    report: () => reportOf(tickets(namespace), agent?.text() ?? ''),
    close: async () => {
      await agent?.stop();
      await Promise.all([api.close(), ticketApi.close()]);
      await desk.close();
    },
  };
}

/** Descriptions are long, and every agent says that it has listed everything. */
function reportOf(tickets: readonly SeenTicket[], log: string): string {
  const seen = tickets.map(({ description: _description, ...ticket }) => JSON.stringify(ticket));
  const lines = log.split('\n').filter((line) => !line.includes('"watch synced"'));
  return ['Tickets:', ...seen, 'Log:', ...lines].join('\n');
}

function ticketsOf({ store }: Desk, text: string): readonly SeenTicket[] {
  const { rows } = store.list({ subject: text, limit: 100, offset: 0 });
  return rows
    .toSorted((left, right) => left.created_at.localeCompare(right.created_at))
    .map(({ id, subject, status }) => ({
      id,
      subject,
      description: store.ticket(id)?.description ?? '',
      status,
      comments: store.comments(id).map(({ body }) => body),
    }));
}
