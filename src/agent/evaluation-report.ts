import type { Config } from '../config/index.ts';
import type { Silences } from '../correlate/index.ts';
import { objectPath, type ObjectRef } from '../domain/failure.ts';
import { IGNORE_UNTIL_ANNOTATION } from '../domain/incident.ts';
import type { EventAnswers } from '../domain/ports.ts';
import type { ObjectView } from '../domain/views.ts';
import type { FailureClass } from '../domain/failure-classes.ts';
import type { OwnerOutcome } from '../observe/custom-owners.ts';
import type { SuppressedBy } from '../observe/evaluate-object.ts';
import { hashParts } from '../lib/hash.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';

/** What tells of the evaluation of objects. */
export interface EvaluationReportDeps {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly answers: EventAnswers;
}

/** What the evaluation of objects tells. */
export interface EvaluationReport {
  readonly suppressed: (by: SuppressedBy, failureClass: FailureClass) => void;
  readonly detectorFailed: (detector: string, error: unknown) => void;
  readonly ownerRead: (outcome: OwnerOutcome) => void;
  readonly evaluationFailed: (view: ObjectView, error: unknown) => void;
  readonly annotationRefused: (object: ObjectRef, value: string, problem: string) => void;
}

/** A report to a log and to metrics. */
export function evaluationReport(deps: EvaluationReportDeps): EvaluationReport {
  const { log, metrics } = deps;
  return {
    annotationRefused: (object, value, problem) => tellRefusedAnnotation(deps, { object, value, problem }),
    suppressed: (rule, failureClass) => metrics.suppressed.inc({ rule, class: failureClass }),
    ownerRead: (outcome) => metrics.ownerReads.inc({ outcome }),
    detectorFailed: (detector, error) => {
      metrics.detectorErrors.inc({ class: detector });
      log.error({ detector, err: error }, 'a detector failed at an object; the others went on');
    },
    evaluationFailed: (view, error) => {
      metrics.detectorErrors.inc({ class: 'none' });
      log.error({ kind: view.kind, err: error }, 'an object could not be judged and is looked at again');
    },
  };
}

/** An annotation `ignore-until` that says nothing that can be followed. */
interface RefusedAnnotation {
  readonly object: ObjectRef;
  readonly value: string;
  readonly problem: string;
}

/** The person who wrote it learns why it is not followed, where `kubectl describe` shows it. */
function tellRefusedAnnotation(
  { log, metrics, answers }: EvaluationReportDeps,
  { object, value, problem }: RefusedAnnotation,
): void {
  const workload = objectPath(object);
  metrics.annotationsRefused.inc();
  log.warn(
    { workload, annotation: IGNORE_UNTIL_ANNOTATION, problem },
    'an annotation is not followed: what fails is filed as if it were not there',
  );
  const note = `${IGNORE_UNTIL_ANNOTATION} is not followed, and tickets are filed: it ${problem}.`;
  const id = hashParts({ ignoreUntil: value }).slice(0, 10);
  answers
    .answer(object, { type: 'Warning', reason: 'AnnotationRefused', note, id })
    .catch((error: unknown) => log.warn({ workload, err: error }, 'the answer on the object failed'));
}

/** Says at the start which silences of the configuration there are, and which of them are over. */
export function logSilences(
  log: Logger,
  { silences: configured }: Config,
  silences: Silences,
  now: number,
): void {
  for (const [index, { reason, until }] of configured.entries()) {
    const state = silences.stateOf(index, now);
    const about = { silence: `silences[${index}]`, reason, state };
    if (state === 'expired' && until !== undefined)
      log.warn({ ...about, until: new Date(until).toISOString() }, 'a silence is over and may be taken out');
    else log.info(about, 'a silence is configured');
  }
}
