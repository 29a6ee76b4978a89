import { type Category, type Severity, SUBJECT_LIMIT, type TicketDraft } from '../../domain/ticket.ts';
import { cutText, plainLine } from '../../lib/text.ts';
import { causeOf } from './cause.ts';
import { renderDescription } from './description.ts';
import { pathOf } from './names.ts';
import type { Story } from './story.ts';

/** Room in the subject for ` [k8s-0123456789-abcde]`. */
const MARKER_ROOM = 24;

/** The ticket as it is kept in the Incident, still without its marker. */
export function renderDraft(
  story: Story,
  filing: { readonly category: Category; readonly severity: Severity },
): TicketDraft {
  return {
    subject: subjectLine(story, SUBJECT_LIMIT - MARKER_ROOM),
    description: renderDescription(story),
    category: filing.category,
    severity: filing.severity,
    environment: JSON.stringify(story.environment),
  };
}

/** The subject without its marker: what and why, as long as `max` allows. */
export function subjectLine(story: Story, max: number): string {
  const { trigger, message, environment } = story;
  const { owner, incident } = environment;
  // A storm is about no object of the cluster.
  if (trigger === 'storm') return cutText(tame(`Storm: ${message}`), max);
  // The reason is all that the same message has for a name.
  const isMessage = owner.kind === 'SameMessage';
  const isCause = trigger === 'manual' || isMessage;
  const why = tame(isCause ? causeOf(story) : `${incident.reason}, ${causeOf(story)}`);
  // Names have up to 253 characters: what fails is more.
  const room = max - SEPARATOR.length - Math.min(why.length, LEAST_WHY);
  const what = cutText(tame(isMessage ? owner.name : `${owner.kind} ${pathOf(owner)}`), room);
  return cutText(`${what}${SEPARATOR}${why}`, max);
}

const SEPARATOR = ': ';
/** So much of why it fails is shown, however long the name. */
const LEAST_WHY = 90;

/**
 * A subject has no code spans, so what could format, link, mention or refer in it is written in another way. The same
 * goes for markers: a quoted text that held the marker of another owner would be found in place of its ticket.
 */
export function tame(text: string): string {
  return plainLine(text)
    .replace(/k8s-(?=[0-9a-f])/gi, 'k8s ')
    .replace(/\b[a-z][a-z0-9+.-]*:\/\//gi, '')
    .replace(/`/g, "'")
    .replace(/[[{<]/g, '(')
    .replace(/[\]}>]/g, ')')
    .replace(/#(?=\w)/g, '# ')
    .replace(/(^|[^\w])@(?=\w)/g, '$1@ ');
}
