import { incidentMarker, keyMarker } from '../../src/correlate/identity.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { OutboxTexts } from '../../src/outbox/index.ts';
import { pendingComment } from '../../src/tickets/render/comments.ts';

/** What a ticket says when the failure was over before it was sent. */
export const SAYS_RECOVERED = 'It has recovered meanwhile.';
/** What a double says before it is closed. */
export const SAYS_DOUBLE = 'A double of';

/** Short words, with the real markers. */
export function createTexts(): OutboxTexts {
  return {
    request: (incident, shrink) => ({
      subject: `${incident.spec.target.name} fails [${incidentMarker(incident)}]`,
      description: incident.status.recoveredAt === undefined ? 'It fails.' : SAYS_RECOVERED,
      category: 'technical',
      severity: 'critical',
      environment: { shrink },
      clusterId: undefined,
      marker: incidentMarker(incident),
    }),
    comment: (_incident, { kind, marker }) => `${kind} [${marker}]`,
    adoption: (incident, now) =>
      pendingComment(incident, incident.spec.trigger === 'manual' ? 'manual' : 'adopted', { now }),
    atFiling: (incident) => ({ attachment: { name: fileOf(incident), state: 'Pending' } }),
    file: (incident) => ({
      name: fileOf(incident),
      contentType: 'text/plain',
      content: Buffer.from('a log'),
    }),
    tellsRecovery: (description) => description === SAYS_RECOVERED,
    double: (_incident, keptId) => `${SAYS_DOUBLE} ${keptId}`,
    keyMarker: (incident) => keyMarker(incident.spec.key),
    marker: incidentMarker,
    ticketUrl: () => undefined,
  };
}

/** The name of the file of an Incident. */
export function fileOf({ name }: Pick<Incident, 'name'>): string {
  return `${name}-app-previous.log`;
}
