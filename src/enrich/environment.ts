import type { ClusterFacts, Environment, Evidence, LogFacts, OwnerFacts } from '../domain/environment.ts';
import { type FailureClass, tells } from '../domain/failure-classes.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { Trigger } from '../domain/incident.ts';
import { fitEnvironment } from './fit.ts';
import { inCommon, logsInCommon } from './in-common.ts';
import { minExactLength } from './redact/exact.ts';
import type { Redactor } from './redact/redactor.ts';

/** What is to be told about, as correlation found it. */
export interface Subject {
  readonly trigger: Trigger;
  readonly owner: ObjectRef;
  /** The most causal first; empty for a request by hand about a healthy object. */
  readonly signals: readonly Signal[];
  readonly since: number;
  readonly occurrences: number;
  readonly affected: readonly string[];
  /** Owners that fail for the same cause. */
  readonly members?: readonly SubjectMember[];
  readonly note?: string;
}

interface SubjectMember {
  readonly owner: ObjectRef;
  readonly class: FailureClass;
  readonly reason: string;
  readonly since: number;
  readonly message?: string;
  readonly node?: string;
  readonly revisedAt?: number;
}

export interface EnvironmentInput {
  readonly subject: Subject;
  readonly evidence: Evidence;
  readonly cluster: ClusterFacts;
  readonly agent: { readonly name: string; readonly version: string };
}

/** Further failures and affected objects listed by name; the rest is a number. */
const MAX_LISTED = 20;
/** Owners that fail for the same cause are what such a ticket is about. */
const MAX_MEMBERS = 50;

/** Everything that is sent, without secrets. */
interface RedactedEvidence {
  readonly environment: Environment;
  readonly logFile?: LogFacts;
}

/**
 * The environment of an incident: redacted, within `maxLength` UTF-16 units as JSON (at least 4,096), valid against its
 * schema.
 */
export function buildEnvironment(
  input: EnvironmentInput,
  redactor: Redactor,
  maxLength: number,
): Environment {
  return redactEvidence(input, redactor, maxLength).environment;
}

/** The environment, and the log that is to be attached. What either gives away is struck from both. */
export function redactEvidence(
  { subject, evidence, cluster, agent }: EnvironmentInput,
  redactor: Redactor,
  maxLength: number,
): RedactedEvidence {
  const {
    takenAt,
    secretValues,
    logFile,
    memberLogs = [],
    ownerLabels: _labels,
    owner = bareOwner(subject.owner),
    ...parts
  } = evidence;
  const environment: Environment = {
    version: '1',
    collectedAt: new Date(takenAt).toISOString(),
    agent: { ...agent },
    incident: incidentPart(subject, beganAt(subject, evidence)),
    cluster,
    ...parts,
    owner,
    containers: [...parts.containers],
    events: [...parts.events],
    logs: [...parts.logs, ...memberLogs, ...(logFile === undefined ? [] : [logFile])],
    omitted: [...parts.omitted],
  };
  // Texts are cut to size after redaction only: half a secret is not recognised any more.
  const redacted = redactEnvironment(environment, redactor, secretValues);
  const file = logFile === undefined ? undefined : redacted.logs.at(-1);
  const own = { ...redacted, logs: redacted.logs.slice(0, parts.logs.length) };
  const read = redacted.logs.slice(parts.logs.length, parts.logs.length + memberLogs.length);
  const told = memberLogs.length === 0 ? own : withSameLog(own, read);
  return { environment: fitEnvironment(told, maxLength), ...(file === undefined ? {} : { logFile: file }) };
}

/** With what the logs of members have in common with that of the one that stands for them. */
function withSameLog(environment: Environment, logs: readonly LogFacts[]): Environment {
  const { incident } = environment;
  const { members } = incident;
  const same = logsInCommon([...environment.logs.slice(0, 1), ...logs].map(({ lines }) => lines));
  if (members === undefined || same === undefined) return environment;
  const common = [same, ...(members.common ?? [])];
  return { ...environment, incident: { ...incident, members: { ...members, common } } };
}

function incidentPart(
  { trigger, signals, occurrences, affected, members = [], note }: Subject,
  since: string,
): Environment['incident'] {
  const [first, ...others] = signals;
  return {
    class: first?.class ?? 'manual',
    reason: first?.reason ?? 'RequestedByHand',
    trigger,
    since,
    occurrences,
    affected: { count: affected.length, pods: affected.slice(0, MAX_LISTED) },
    alsoFailing: others.slice(0, MAX_LISTED).map((signal) => ({
      class: signal.class,
      reason: signal.reason,
      object: `${signal.regarding.kind}/${signal.regarding.name}`,
    })),
    ...(members.length === 0 ? {} : { members: membersPart(members) }),
    ...(note === undefined ? {} : { note }),
  };
}

/**
 * When it began to fail, as far as the cluster remembers: the signal of a crash loop knows its last crash, its Events know an earlier one.
 */
function beganAt({ signals: [first], since }: Subject, { events, rollout }: Evidence): string {
  const times = [since];
  if (first !== undefined && tells(first.class, 'restarts')) {
    const backOffs = events.filter(({ type, reason }) => type === 'Warning' && reason === 'BackOff');
    times.push(...backOffs.map(({ firstAt }) => Date.parse(firstAt ?? '')));
  }
  // Past its deadline a rollout has not got on since its revision was made.
  if (first?.reason === 'ProgressDeadlineExceeded') times.push(Date.parse(rollout?.changedAt ?? ''));
  return new Date(Math.min(...times.filter(Number.isFinite))).toISOString();
}

function membersPart(members: readonly SubjectMember[]): NonNullable<Environment['incident']['members']> {
  const owners = members
    .slice(0, MAX_MEMBERS)
    .map(({ owner: { kind, namespace, name }, class: failureClass, reason, since }) => ({
      kind,
      namespace,
      name,
      class: failureClass,
      reason,
      since: new Date(since).toISOString(),
    }));
  const common = inCommon(members);
  return { count: members.length, owners, ...(common.length === 0 ? {} : { common }) };
}

function bareOwner(owner: ObjectRef): OwnerFacts {
  const { apiVersion, kind, namespace, name, uid } = owner;
  return {
    apiVersion,
    kind,
    namespace,
    name,
    ...(uid === '' ? {} : { uid }),
    labels: {},
    conditions: [],
    chain: [{ kind, name }],
  };
}

/** Texts of this length were cut where they were read, most likely within a word. */
const CUT_AT = 4_096;

/**
 * An environment without secrets. Lines of a log are read as one text and the parts of a command as one line, because a
 * private key has many lines and `--password` stands in another part than its value. What one part gives away is struck from
 * all others.
 */
export function redactEnvironment(
  environment: Environment,
  redactor: Redactor,
  secretValues: readonly string[],
): Environment {
  const { logs, ...rest } = environment;
  const withoutLines = { ...rest, logs: logs.map((log) => ({ ...log, lines: [] })) };
  const first = redactor.redactValue(withoutHalves(withoutLines), secretValues);
  const known = [...secretValues, ...first.found.filter((value) => value.length >= minExactLength)];
  const texts = logs.map(({ lines }) => redactor.redactText(lines.join('\n'), known));
  const inLogs = texts.flatMap(({ found }) => found).filter((value) => value.length >= minExactLength);
  const all = [...known, ...inLogs];
  const redacted = (all.length === secretValues.length ? first : redactor.redactValue(first.value, all))
    .value as Environment;
  return {
    ...withContact(redacted, environment, all),
    logs: redacted.logs.map((log, at) => ({
      ...log,
      lines: logs[at]?.lines.length === 0 ? [] : linesOf(texts[at]?.text ?? '', all),
    })),
  };

  // One container's log may show what another one's gave away.
  function linesOf(text: string, values: readonly string[]): string[] {
    const again = inLogs.length === 0 ? text : redactor.redactText(text, values).text;
    return again.split('\n');
  }
}

/** The same value, its longest texts without their last word: half a secret is not recognised any more. */
function withoutHalves(value: unknown): unknown {
  if (typeof value === 'string') return value.length < CUT_AT ? value : value.replace(/[^\s,;]*$/, '…');
  if (Array.isArray(value)) return value.map(withoutHalves);
  if (typeof value !== 'object' || value === null) return value;
  // fromEntries defines properties, so that a key such as __proto__ stays an ordinary key.
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutHalves(part)]));
}

const CONTACT = 'support.ankra.app/contact';
/** One address of mail and nothing else. */
const MAIL_ADDRESS = /^[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+$/;

/** The team has written down whom to ask, so that it is told: the one address of mail that is not personal data to hide. */
function withContact(redacted: Environment, original: Environment, secrets: readonly string[]): Environment {
  const { selected } = redacted.owner;
  const contact = original.owner.selected?.annotations[CONTACT];
  if (selected === undefined || contact === undefined || !MAIL_ADDRESS.test(contact)) return redacted;
  if (secrets.some((secret) => secret.length >= minExactLength && contact.includes(secret))) return redacted;
  const annotations = { ...selected.annotations, [CONTACT]: contact };
  return { ...redacted, owner: { ...redacted.owner, selected: { ...selected, annotations } } };
}
