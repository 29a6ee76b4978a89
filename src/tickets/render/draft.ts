import type { Category, Severity, TicketDraft, TicketRequest } from '../../domain/ticket.ts';
import { DESCRIPTION_LIMIT, SUBJECT_LIMIT } from '../../domain/ticket.ts';
import { cutText, sayTime } from '../../lib/text.ts';
import { renderDescription } from './description.ts';
import { cutMarkdown } from './markdown.ts';
import {
  bareDescription,
  bareEnvironment,
  bareSubject,
  SHRUNK_DESCRIPTION,
  shrunkDescription,
  shrunkEnvironment,
  shrunkSubject,
} from './shrink.ts';
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
  /**
   * 0 is the whole; 1 is what an API that refuses it by size or form should take; 2 holds names and times alone, nothing that was
   * written by what fails.
   */
  readonly shrink: number;
  /** Name of the Incident, which holds the whole. */
  readonly incident: string;
}

/** How the description begins of a failure that was over before its ticket was sent. */
const HAS_RECOVERED = '**It has recovered meanwhile, at ';

/** Whether a description that was made by `toRequest` tells of a recovery. */
export function tellsRecovery(description: string): boolean {
  return description.startsWith(HAS_RECOVERED);
}

/** A draft made ready for the wire: the marker at the end of the subject and as last line of the description. */
export function toRequest(filing: Filing): TicketRequest {
  const { draft, marker, clusterId, recoveredAt, shrink } = filing;
  const recovered = recoveredAt === undefined ? '' : `${HAS_RECOVERED}${sayTime(recoveredAt)}.**\n\n`;
  const ending = `\n\n[${marker}]`;
  const limit = shrink > 0 ? SHRUNK_DESCRIPTION : DESCRIPTION_LIMIT;
  const { subject, text, environment } = contentOf(filing, limit - recovered.length - ending.length);
  return {
    subject: `${cutText(subject, SUBJECT_LIMIT - marker.length - 3)} [${marker}]`,
    description: `${recovered}${text}${ending}`,
    category: draft.category,
    severity: draft.severity,
    environment,
    clusterId,
    marker,
  };
}

interface Content {
  readonly subject: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, unknown>>;
}

function contentOf({ draft, shrink, incident }: Filing, room: number): Content {
  const { subject, description } = draft;
  const whole = readEnvironment(draft.environment);
  if (shrink === 0) return { subject, text: cutMarkdown(description, room), environment: whole };
  if (shrink === 1) {
    const environment = shrunkEnvironment(whole);
    const text = shrunkDescription(description, room, incident);
    return { subject: shrunkSubject(subject), text, environment };
  }
  return {
    subject: bareSubject(whole, incident),
    text: bareDescription(whole, incident),
    environment: bareEnvironment(whole),
  };
}

/** The draft may come from another release, or from a hand: what cannot be read must not keep its ticket from being filed. */
function readEnvironment(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // As below.
  }
  return { omitted: [{ field: 'environment', reason: 'what the Incident holds is not an environment' }] };
}
