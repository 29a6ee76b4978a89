import type { Incident } from '../domain/incident.ts';
import type { StepContext, WorkItem } from './context.ts';
import { adopt, searchTickets, post } from './file.ts';
import { comment, verify } from './follow-up.ts';
import { competesForKey, type FilingFacts, type Step } from './next-step.ts';

/** Carries out one step. Throws only when the store fails or the signal is aborted. */
export async function carryOut(
  step: Exclude<Step, { kind: 'wait' }>,
  subject: WorkItem,
  context: StepContext,
): Promise<FilingFacts> {
  const { incident, facts } = subject;
  switch (step.kind) {
    case 'observe':
      await context.write(incident, ({ status }) =>
        status.phase === 'Pending' ? { phase: 'Observed' } : undefined,
      );
      return facts;
    case 'fold':
      await fold(incident, step.into, context);
      return facts;
    case 'join':
      await context.write(incident, ({ status }) =>
        status.phase === 'Pending' ? { phase: 'Folded', foldedInto: step.into } : undefined,
      );
      return facts;
    case 'lookUp':
      return searchTickets(subject, context);
    case 'adopt':
      return adopt(subject, step, context);
    case 'post':
      return post(subject, context);
    case 'comment':
      return comment(subject, context);
    case 'verify':
      return verify(subject, context);
    case 'remove':
      await context.remove(incident);
      context.observer.removed(incident);
      return facts;
  }
}

/** The failure is that of another Incident by now, which takes over what has been said. */
async function fold(incident: Incident, into: string, { write, clock }: StepContext): Promise<void> {
  await write(incident, (newest) => {
    if (!competesForKey(newest)) return undefined;
    const recovery = `Incident ${into} goes on with it`;
    return { phase: 'Folded', foldedInto: into, recoveredAt: clock.now(), recovery, comment: undefined };
  });
}
