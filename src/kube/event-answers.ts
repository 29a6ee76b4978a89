import { createHash } from 'node:crypto';
import { type Clock, SECOND } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { EventAnswers } from '../domain/ports.ts';
import { KubeApiError, type KubeConnection } from './connection/index.ts';

const CONTROLLER = 'ankra-support-agent';
const CALL_TIMEOUT_MS = 10 * SECOND;
/** Limits of the API server: k8s.io/kubernetes pkg/apis/core/validation/events.go. */
const MAX_REASON_LENGTH = 128;
const MAX_NOTE_BYTES = 1_024;
const MAX_INSTANCE_LENGTH = 128;
/** The name ends in `.` and 16 digits, and has 253 characters at most. */
const MAX_NAME_PREFIX = 236;

export interface EventAnswersDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  /** The replica that answers: the name of its pod. */
  readonly identity?: string;
}

/**
 * Answers as core/v1 Events, the kind every `kubectl describe` shows. The name of an Event follows from the object, the reason and the id of the
 * answer, so that a repeat meets the first one. Throws what the connection throws.
 */
export function createEventAnswers({
  connection,
  clock,
  identity = CONTROLLER,
}: EventAnswersDeps): EventAnswers {
  return {
    answer: async (about, answer) => {
      // Cluster-scoped objects have their Events in `default`, where kubectl looks for them.
      const namespace = about.namespace === '' ? 'default' : about.namespace;
      const at = clock.now();
      const body = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { namespace, name: eventName(about, answer) },
        involvedObject: referenceOf(about),
        type: answer.type ?? 'Normal',
        reason: answer.reason.slice(0, MAX_REASON_LENGTH),
        message: cutToBytes(answer.note, MAX_NOTE_BYTES),
        action: 'FileTicket',
        reportingComponent: CONTROLLER,
        reportingInstance: identity.slice(0, MAX_INSTANCE_LENGTH),
        source: { component: CONTROLLER },
        // metav1.MicroTime: exactly six digits of the second's fraction.
        eventTime: new Date(at).toISOString().replace('Z', '000Z'),
        firstTimestamp: toTime(at),
        lastTimestamp: toTime(at),
        count: 1,
      };
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
      try {
        await connection.json({ method: 'POST', path, body, timeoutMs: CALL_TIMEOUT_MS });
      } catch (error) {
        if (!(error instanceof KubeApiError && error.status === 409)) throw error;
      }
    },
  };
}

function eventName(about: ObjectRef, answer: { readonly reason: string; readonly id: string }): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([about.kind, about.uid, about.name, answer.reason, answer.id]))
    .digest('hex');
  return `${about.name.slice(0, MAX_NAME_PREFIX).replace(/[^a-z0-9]+$/, '')}.${hash.slice(0, 16)}`;
}

function referenceOf(about: ObjectRef): object {
  const { apiVersion, kind, name, uid } = about;
  const reference = { apiVersion, kind, name, uid };
  return about.namespace === '' ? reference : { ...reference, namespace: about.namespace };
}

/** metav1.Time: whole seconds. */
function toTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** The longest beginning of whole characters that fits. */
function cutToBytes(text: string, max: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= max) return text;
  return bytes
    .subarray(0, max)
    .toString()
    .replace(/\uFFFD+$/, '');
}
