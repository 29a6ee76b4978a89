import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../wait.ts';
import type { Scene } from '../scene.ts';
import { filed, isSaidRecovered, type Scenario, SECOND } from '../scenario.ts';

/** As logs have it every day, and what the usual rules of firewalls take for an attack. */
const ATTACK = 'GET /../../../../etc/passwd';
const FORBIDDEN_PAGE =
  '<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1></body></html>';
const NEXT_WITHIN_MS = 60 * SECOND;
const SETTLED_WITHIN_MS = 180 * SECOND;

async function hasBeenRefused({ ticketApi }: Scene): Promise<void> {
  await eventually('a ticket that is refused', SETTLED_WITHIN_MS, () =>
    ticketApi.asked.some(({ method }) => method === 'POST') ? true : undefined,
  );
}

const firewall: Scenario = {
  id: 'firewall',
  name: 'a firewall before the ticket API refuses what has a certain log line: others do not wait, and it is filed smaller or told of',
  play: async (scene) => {
    scene.ticketApi.break(({ method, body }) => method === 'POST' && body.includes('/etc/passwd'), {
      kind: 'answer',
      status: 403,
      headers: { 'content-type': 'text/html' },
      body: FORBIDDEN_PAGE,
    });
    await scene.workloads.crash('attacked', ATTACK);
    await scene.start();
    await scene.workloads.crash('victim');
    await hasBeenRefused(scene);
    await filed(scene, 'victim', NEXT_WITHIN_MS);
    await eventually('a smaller ticket, or a refusal that is told', SETTLED_WITHIN_MS, async () => {
      if (scene.tickets('attacked').length > 0) return true;
      const [incident] = await scene.incidents('attacked');
      return incident?.status?.phase === 'Rejected' ? true : undefined;
    });
    // A smaller one is a ticket as any other, and the firewall goes on.
    await scene.workloads.fix('victim');
    await isSaidRecovered(scene, 'victim');
  },
};

const minuteOf404: Scenario = {
  id: 'gone',
  name: 'the ticket API answers 404 for a minute, in which something recovers: the ticket is told afterwards',
  play: async (scene) => {
    await scene.workloads.crash('victim');
    await scene.start({ config: { closeRecovered: true } });
    const { id } = await filed(scene, 'victim');
    // Before that its answer may be under way, and would be cut off: the agent would not know the ticket.
    await eventually('an Incident that names its ticket', NEXT_WITHIN_MS, async () => {
      const [incident] = await scene.incidents('victim');
      return incident?.status?.phase === 'Filed' ? true : undefined;
    });
    // The framework's own answer where no route is registered yet, for the ticket; that of an ingress without a backend for the rest.
    const mendTicket = scene.ticketApi.break(({ path }) => path.endsWith(id), {
      kind: 'answer',
      status: 404,
      headers: { 'content-type': 'application/json' },
      body: '{"detail":"Not Found"}',
    });
    const mendRest = scene.ticketApi.break(() => true, {
      kind: 'answer',
      status: 404,
      headers: { 'content-type': 'text/plain' },
      body: 'default backend - 404',
    });
    await scene.workloads.fix('victim');
    const isAsked = (): boolean => scene.ticketApi.asked.some(({ path }) => path.includes(id));
    await eventually('a word that it tries to say', 120 * SECOND, () => (isAsked() ? true : undefined));
    await delay(60 * SECOND);
    mendRest();
    mendTicket();
    await isSaidRecovered(scene, 'victim', { isClosed: true });
  },
};

/** One refused request, and an API that is being deployed. */
export const desks: readonly Scenario[] = [firewall, minuteOf404];
