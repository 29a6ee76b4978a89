/** Suites that are played one after another. */
export type Lane = readonly string[];

const contract = 'test/contract/real-cluster.contract.ts';

/**
 * The whole of the end-to-end tests in stages, one after another. The lanes of a stage are played side by side: most suites wait most of
 * their time, for failures to last, back-offs and recoveries. Each installs an agent of its own that files for the namespaces of the suite alone.
 */
export const stages: readonly (readonly Lane[])[] = [
  // `install`, `lifecycle` and `namespaced` begin without the custom resource, which the contract needs; the others bring an API server of their own, or need none.
  [
    [contract, suite('install'), suite('lifecycle'), suite('namespaced')],
    [suite('watch'), suite('proxy'), suite('network-policy')],
    [suite('outage')],
  ],
  [
    // A node that is lost is lost for every agent.
    [suite('classes'), suite('common'), suite('reported')],
    // An agent that takes requests by hand takes those of all namespaces.
    [suite('main-job'), suite('manual'), suite('by-hand')],
    [suite('upgrade'), suite('custom-owner')],
  ],
  [
    // With a dozen agents of its own: not at once with `classes`, which starts as many pods.
    [suite('faults'), suite('stale')],
    [suite('ticket-features'), suite('texts')],
  ],
  // They kill the API server, etcd, and all that the node runs, or put its clock wrong; `usage` starts the API server with other flags.
  [[suite('usage'), suite('kills'), suite('control-plane'), suite('reboot'), suite('clock')]],
];

function suite(name: string): string {
  return `test/e2e/${name}.e2e.ts`;
}
