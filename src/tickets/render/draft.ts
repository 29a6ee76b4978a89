import type { Category, Severity, TicketDraft, TicketRequest } from '../../domain/ticket.ts';
import { DESCRIPTION_LIMIT, SUBJECT_LIMIT } from '../../domain/ticket.ts';
import { cutText, sayTime } from '../../lib/text.ts';
import { renderDescription } from './description.ts';
import { cutMarkdown } from './markdown.ts';
import { SHRUNK_DESCRIPTION, shrunkDescription, shrunkEnvironment } from './shrink.ts';
import type { Story } from './story.ts';
import { subjectLine } from './subject.ts';

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

export interface Filing {
  readonly draft: TicketDraft;
  readonly marker: string;
  readonly clusterId: string | undefined;
  /** The failure was over before the ticket could be filed. */
  readonly recoveredAt?: number;
  /** 0 is the whole; 1 is what an API that refuses it by size or form should take. */
  readonly shrink: number;
}

/** How the description begins of a failure that was over before its ticket was sent. */
const HAS_RECOVERED = '**It has recovered meanwhile, at ';

/** Whether a description that was made by `toRequest` tells of a recovery. */
export function tellsRecovery(description: string): boolean {
  return description.startsWith(HAS_RECOVERED);
}

/** A draft made ready for the wire: the marker at the end of the subject and as last line of the description. */
export function toRequest({ draft, marker, clusterId, recoveredAt, shrink }: Filing): TicketRequest {
  const recovered = recoveredAt === undefined ? '' : `${HAS_RECOVERED}${sayTime(recoveredAt)}.**\n\n`;
  const ending = `\n\n[${marker}]`;
  const whole = JSON.parse(draft.environment) as Record<string, unknown>;
  const isShrunk = shrink > 0;
  const room = (isShrunk ? SHRUNK_DESCRIPTION : DESCRIPTION_LIMIT) - recovered.length - ending.length;
  const text = isShrunk ? shrunkDescription(draft.description, room) : cutMarkdown(draft.description, room);
  return {
    subject: `${cutText(draft.subject, SUBJECT_LIMIT - marker.length - 3)} [${marker}]`,
    description: `${recovered}${text}${ending}`,
    category: draft.category,
    severity: draft.severity,
    environment: isShrunk ? shrunkEnvironment(whole) : whole,
    clusterId,
    marker,
  };
}
