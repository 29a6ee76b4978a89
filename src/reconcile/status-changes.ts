import type { Decision, Findings, OwnerHealth, Recovery } from '../correlate/index.ts';
import type { Incident } from '../domain/incident.ts';
import type { StatusChange } from '../incidents/index.ts';
import { pendingComment } from '../tickets/index.ts';

/** A change of an Incident's status; undefined leaves it as it is. */
export type Change = ReturnType<StatusChange>;

type Of<Kind extends Decision['kind']> = Extract<Decision, { readonly kind: Kind }>;

/** Names kept in the status; the count has all. */
const MAX_AFFECTED_NAMES = 20;

/** What the agent adds to a decision to write it down. */
export interface ChangeContext {
  readonly now: number;
  readonly mode: 'file' | 'observe';
  /** Takes secrets out. */
  readonly redact: (text: string) => string;
}

/** The numbers of an unresolved incident, as an operator sees them. */
export function noted(incident: Incident, { findings }: Of<'note'>): Change {
  const { affected, ...counted } = numbers(findings);
  // On a ticket the status holds what the ticket says: growth is measured from there, and said by a comment.
  return incident.status.phase === 'Filed' ? counted : { ...counted, affected };
}

function numbers({ occurrences, affected, lastSeenAt }: Findings) {
  return {
    occurrences,
    affected: { count: affected.length, names: affected.slice(0, MAX_AFFECTED_NAMES) },
    ...(lastSeenAt > 0 ? { lastSeenAt } : {}),
  };
}

/** The trial is over, and the incident that was only observed is to be filed. */
export function released({ status }: Incident): Change {
  if (status.phase !== 'Observed') return undefined;
  // The trial may have come in between: then it has its ticket.
  return { phase: status.ticketId === undefined ? 'Pending' : 'Filed' };
}

/** The end of an incident. What is not filed yet is filed all the same, and says so; what was never filed has nobody to tell. */
export function recovered(
  incident: Incident,
  { how, health }: Of<'recover'>,
  { now }: ChangeContext,
): Change {
  if (incident.status.recoveredAt !== undefined) return undefined;
  const recovery = recoverySentence(how, health);
  const facts = { recoveredAt: now, recovery };
  if (incident.status.phase !== 'Filed') return facts;
  return { ...facts, phase: 'Recovered', comment: pendingComment(incident, 'recovered', { now, recovery }) };
}

function recoverySentence(how: Recovery, health: OwnerHealth): string {
  switch (how) {
    case 'healed':
      return `What failed works again.${replicas(health)}`;
    case 'replaced':
      return `What failed was replaced and works now.${replicas(health)}`;
    case 'gone':
      return 'The object was deleted.';
    case 'scaledToZero':
      return 'It was scaled to zero.';
    case 'membersOver':
      return 'Nothing fails for it any more.';
  }
}

function replicas(health: OwnerHealth): string {
  if (health.state !== 'ready' || health.wanted === undefined) return '';
  return ` ${health.ready ?? 0} of ${health.wanted} replicas are ready.`;
}

/** The common cause has gone and the owner still fails: the next Incident of the owner gets a ticket. */
export function unfolded({ status }: Incident, { now }: ChangeContext): Change {
  if (status.recoveredAt !== undefined) return undefined;
  const recovery = 'The common cause is over and this still fails, so that it gets an incident of its own.';
  return { recoveredAt: now, recovery };
}

/** A failure that has come again while its ticket is open, or before it was filed. */
export function recurred(incident: Incident, { findings }: Of<'recur'>, context: ChangeContext): Change {
  const { status } = incident;
  const again = {
    ...numbers(findings),
    recoveredAt: undefined,
    recovery: undefined,
    recurrences: (status.recurrences ?? 0) + 1,
  };
  if (status.phase !== 'Recovered') return again;
  if (context.mode === 'observe') return { ...again, phase: 'Observed' };
  if (status.ticketId === undefined) return { ...again, phase: 'Pending' };
  const message = messageOf(findings, context);
  const comment = pendingComment(incident, 'recurred', { now: context.now, message });
  return { ...again, phase: 'Filed', comment };
}

/** Something that the ticket is to hear of. Declined while another comment waits. */
export function commented(
  incident: Incident,
  { comment: kind, findings, cause }: Of<'comment'>,
  context: ChangeContext,
): Change {
  if (incident.status.phase !== 'Filed' || incident.status.comment !== undefined) return undefined;
  const { now } = context;
  if (cause !== undefined) return linked(incident, cause, now);
  const { affected, occurrences, signals } = findings;
  const message = messageOf(findings, context);
  const comment = pendingComment(incident, kind, { now, affected, occurrences, message });
  const failureClass = signals[0]?.class;
  return {
    ...numbers(findings),
    ...(failureClass === undefined ? {} : { class: failureClass }),
    ...(kind === 'unresolved' ? { saidUnresolvedAt: now } : {}),
    comment,
  };
}

function messageOf({ signals }: Findings, { redact }: ChangeContext): string {
  return redact(signals[0]?.message ?? '');
}

function linked(incident: Incident, cause: Incident, now: number): Change {
  return { linkedTo: cause.name, comment: pendingComment(incident, 'linked', { now, cause }) };
}
