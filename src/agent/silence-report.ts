import type { Config } from '../config/index.ts';
import type { Silences } from '../correlate/index.ts';
import { silenceStates } from '../correlate/index.ts';
import type { ObjectRef } from '../domain/failure.ts';
import { IGNORE_UNTIL_ANNOTATION } from '../domain/incident.ts';
import type { EventAnswers } from '../domain/ports.ts';
import { hashParts } from '../lib/hash.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';

interface SilenceReportDeps {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly answers: EventAnswers;
}

/** An annotation `ignore-until` that says nothing that can be followed. */
interface RefusedAnnotation {
  readonly object: ObjectRef;
  readonly value: string;
  readonly problem: string;
}

/** The person who wrote it learns why it is not followed, where `kubectl describe` shows it. */
export function tellRefusedAnnotation(
  { log, metrics, answers }: SilenceReportDeps,
  { object, value, problem }: RefusedAnnotation,
): void {
  const { kind, namespace, name } = object;
  const workload = `${kind}/${namespace}/${name}`;
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

/** Shows how many silences there are in each state. */
export function showSilences(metrics: Metrics, silences: Silences, now: number): void {
  const counts = silences.counts(now);
  for (const state of silenceStates) metrics.silences.set({ state }, counts[state]);
}
