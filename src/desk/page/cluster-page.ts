import { html } from './html.ts';
import type { Html } from './html.ts';
import { csrfField } from './layout.ts';
import { ageElement } from './times.ts';

/** A pod as the page shows it. */
export interface PodLook {
  readonly name: string;
  /** What `kubectl get pods` shows: `Running`, `CrashLoopBackOff` … */
  readonly state: string;
  readonly isReady: boolean;
  readonly restarts: number;
  readonly node: string;
}

/** A workload or node, and what the agent makes of it. */
export interface WorkloadLook {
  /** `Deployment shop/checkout` */
  readonly name: string;
  readonly ready: number;
  readonly wanted: number;
  readonly pods: readonly PodLook[];
  /** What fails, and what the agent does about it or why it does not. */
  readonly verdict?: {
    readonly class: string;
    readonly message: string;
    readonly text: string;
    /** Epoch milliseconds at which the wait is over. */
    readonly until?: number;
  };
  readonly incident?: {
    readonly name: string;
    readonly phase: string;
    readonly ticketId?: string;
    /** The incident that covers it. */
    readonly foldedInto?: string;
    /** Epoch milliseconds at which it counts as recovered, when nothing fails until then. */
    readonly recoversAt?: number;
  };
}

/** A story that can be played. */
export interface ScenarioLook {
  readonly name: string;
  readonly summary: string;
  readonly isPlaying: boolean;
}

/** The cluster of a demo. */
export interface ClusterView {
  readonly look: () => {
    readonly workloads: readonly WorkloadLook[];
    readonly scenarios: readonly ScenarioLook[];
    /** What has happened, oldest first. */
    readonly steps: readonly { readonly at: number; readonly text: string }[];
  };
  /** False when there is no scenario of this name. */
  readonly play: (name: string) => boolean;
}

/** Workloads with more pods than this show the first of them. */
const MOST_PODS = 12;
const MOST_STEPS = 30;

function pods({ pods: all }: WorkloadLook): Html | undefined {
  if (all.length === 0) return undefined;
  const rest = all.length - MOST_PODS;
  return html`<ul class="pods">
    ${all.slice(0, MOST_PODS).map(
      ({ name, state, isReady, restarts, node }) =>
        html`<li data-key="${name}">
          <span class="badge ${isReady ? 'recovered' : 'critical'}">${state}</span> <code>${name}</code>
          <span class="none">${node}${restarts > 0 ? `, ${restarts} restarts` : ''}</span>
        </li>`,
    )}
    ${rest > 0 ? html`<li class="none">and ${rest} more</li>` : undefined}
  </ul>`;
}

function countDown(until: number | undefined, now: number): Html | undefined {
  return until === undefined
    ? undefined
    : html` <span class="badge medium" data-until="${until}"
        >${Math.max(0, Math.ceil((until - now) / 1_000))} s</span
      >`;
}

function incident({ incident: found }: WorkloadLook, now: number): Html {
  if (found === undefined) return html`<span class="none">none</span>`;
  const { name, phase, ticketId, foldedInto, recoversAt } = found;
  return html`<code>${name}</code>
    ${phase}${foldedInto === undefined ? undefined : html`: <code>${foldedInto}</code> covers it`}
    ${ticketId === undefined ? undefined : html`<a href="/tickets/${ticketId}">its ticket</a>`}
    ${recoversAt === undefined ? undefined : html`<br />recovers in${countDown(recoversAt, now)}`}`;
}

function verdict({ verdict: said }: WorkloadLook, now: number): Html {
  if (said === undefined) return html`<span class="none">nothing fails</span>`;
  return html`<b>${said.class}</b>: ${said.message}
    <div>${said.text}${countDown(said.until, now)}</div>`;
}

function workload(look: WorkloadLook, now: number): Html {
  return html`<tr data-key="${look.name}">
    <td data-label="Workload"><b>${look.name}</b><br />${look.ready} of ${look.wanted} ready</td>
    <td data-label="Pods">${pods(look)}</td>
    <td data-label="What the agent sees">${verdict(look, now)}</td>
    <td data-label="Incident">${incident(look, now)}</td>
  </tr>`;
}

function scenario({ name, summary, isPlaying }: ScenarioLook, csrf: string | undefined): Html {
  return html`<li data-key="${name}">
    <form method="post" action="/cluster/play">
      ${csrfField(csrf)}
      <button name="scenario" value="${name}">${name}</button>
      ${isPlaying ? html`<span class="badge open">playing</span>` : undefined} <span>${summary}</span>
    </form>
  </li>`;
}

function workloadTable(workloads: readonly WorkloadLook[], now: number): Html {
  if (workloads.length === 0) return html`<div class="empty">No workloads yet.</div>`;
  return html`<table class="cards">
    <thead>
      <tr>
        <th>Workload</th>
        <th>Pods</th>
        <th>What the agent sees</th>
        <th>Incident</th>
      </tr>
    </thead>
    <tbody>
      ${workloads.map((look) => workload(look, now))}
    </tbody>
  </table>`;
}

/** The content of the page of the demo's cluster. */
export function renderCluster(view: ClusterView, now: number, csrf: string | undefined): Html {
  const { workloads, scenarios, steps } = view.look();
  const told = steps.slice(-MOST_STEPS).toReversed();
  return html`<h1>Cluster of the demo</h1>
    <p class="sub">
      An in-memory Kubernetes with a real agent. Begin a scenario, and watch what the agent makes of it.
    </p>
    <section class="card" data-key="scenarios">
      <h2>Scenarios</h2>
      <ul class="scenarios">
        ${scenarios.map((one) => scenario(one, csrf))}
      </ul>
    </section>
    <div class="card tickets" data-key="workloads">${workloadTable(workloads, now)}</div>
    <section class="card" data-key="steps">
      <h2>What has happened</h2>
      <ol class="steps">
        ${told.map(
          ({ at, text }) =>
            html`<li>${ageElement(new Date(at).toISOString(), now)} <span>${text}</span></li>`,
        )}
      </ol>
    </section>`;
}
