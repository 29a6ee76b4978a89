import type { StepContext, StepResult, Subject } from './context.ts';
import { adopt, lookUp, post } from './file.ts';
import { comment, verify } from './follow-up.ts';
import type { Step } from './next-step.ts';

/** Carries out one step. Throws only when the store fails or the signal is aborted. */
export async function carryOut(
  step: Exclude<Step, { kind: 'wait' }>,
  subject: Subject,
  context: StepContext,
): Promise<StepResult> {
  const { incident, facts } = subject;
  switch (step.kind) {
    case 'observe':
      await context.write(incident, ({ status }) =>
        status.phase === 'Pending' ? { phase: 'Observed' } : undefined,
      );
      return { facts };
    case 'lookUp':
      return lookUp(subject, context);
    case 'adopt':
      return adopt(subject, step, context);
    case 'post':
      return post(subject, context);
    case 'comment':
      return comment(subject, context);
    case 'verify':
      return verify(subject, context);
    case 'remove':
      await context.store.delete(incident, context.signal);
      context.observer.removed(incident);
      return { facts, removed: true };
  }
}
