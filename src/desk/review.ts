/** A subject shorter than this says too little, in characters. */
const SHORTEST_SUBJECT = 8;
/** A description shorter than this says too little, in characters. */
const SHORTEST_DESCRIPTION = 20;

/**
 * What a reviewer would complain about: a stand-in for the review of the real service, simple enough that a test
 * can tell beforehand what it says.
 */
export function qualityFlags(draft: {
  readonly subject: string;
  readonly description: string;
}): readonly string[] {
  const flags: string[] = [];
  if (draft.subject.trim().length < SHORTEST_SUBJECT) flags.push('vague_subject');
  if (draft.description.trim().length < SHORTEST_DESCRIPTION) flags.push('missing_details');
  return flags;
}
