import type { ContainerFacts, Environment, LogFacts } from '../../domain/environment.ts';
import { cutText, shapeOf } from '../../lib/text.ts';
import { crashingContainers, hasNotBegun, lastEnd } from './containers.ts';
import { code, listWords } from './markdown.ts';
import type { Quote } from './quote.ts';

/**
 * A program that gives up: a panic, a fatal level, an exception that nobody caught, which heads its trace. Go, Rust, klog, JSON and
 * logfmt loggers, Java, .NET, Node.js, and the last line of a trace of Python.
 */
const GIVES_UP = [
  /^(?:panic|fatal|fatal error): /i,
  /^thread '[^']*' .*panicked at/,
  /^F\d{4} \d\d:/,
  /["']?\b(?:level|lvl|severity|loglevel)["']?\s*[:=]\s*["']?(?:fatal|panic|critical|crit|emerg(?:ency)?|alert)\b/i,
  /\b(?:FATAL|PANIC|CRITICAL|EMERG)\b/,
  /^(?:Exception in thread|Unhandled exception|Uncaught )/i,
  /^(?:[\w$]+[.:])*[\w$]*(?:Error|Exception)(?:: | \[|$)/,
];

/** Words of a line that tells why. */
const TELLING = /fatal|panic|error|exception|critical|denied|refused|failed/i;

/** The same words where they say that there is none: `failed=0`, `"error":null`, `errors: []`, `0 errors`. */
const NONE =
  /["']?\b[\w-]*(?:error|exception|fail|failed|failure|panic|fatal|critical|denied|refused)s?["']?\s*[:=]\s*(?:["']?(?:0|null|nil|none|false)\b["']?|<nil>|\[\s*\]|\{\s*\}|""|'')|\b(?:0|no|without) (?:[\w-]+ )?(?:error|exception|failure|failed)s?\b/gi;

/** The line that tells of an error: not the last one where a trace or an orderly end follows; undefined where no line looks like one. */
export function errorLine(lines: readonly string[]): string | undefined {
  const heads = lines.filter((line) => line.trim() !== '' && !/^\s/.test(line));
  return (
    heads.findLast((line) => GIVES_UP.some((pattern) => pattern.test(line.replace(NONE, '')))) ??
    heads.findLast((line) => TELLING.test(line.replace(NONE, '')))
  );
}

/** The line of a log that tells most of why it ended. */
export function tellingLine(lines: readonly string[]): string | undefined {
  return errorLine(lines) ?? lines.findLast((line) => line.trim() !== '');
}

/** Longest line of a log in the text; the environment has more of it. */
const MAX_LINE = 500;
/** The failing container and one more. */
const MAX_LOGS = 2;
const MAX_NAMES = 12;

/** What the failing container said last, in one line; or that it said nothing, and why. */
export function logLines(environment: Environment, container: ContainerFacts | undefined): readonly string[] {
  if (container === undefined) return [];
  const log = environment.logs.find((one) => one.container === container.name);
  const lines = log?.lines ?? [];
  const line = tellingLine(lines);
  // A line about something else must not look like the reason.
  const what = errorLine(lines) === undefined ? 'Last line of its log' : 'Log says';
  if (line !== undefined) return [`**${what}**: ${code(line, MAX_LINE)}`];
  if (log !== undefined) return ['**Log says**: nothing, it wrote no line'];
  const missing = environment.omitted.find(({ field }) => field === 'logs');
  if (missing === undefined || lastEnd(container) === undefined || hasNotBegun(container)) return [];
  return [`**Log**: not read, as ${code(missing.reason)}`];
}

/** Which containers crash, where it is more than one, and whether their logs say the same. */
export function severalLine({ containers, logs }: Environment): readonly string[] {
  const crashing = crashingContainers({ containers });
  if (crashing.length < 2) return [];
  const names = listWords(
    crashing.map(({ name }) => name),
    MAX_NAMES,
  );
  const said = logs.flatMap(({ container, lines }) =>
    crashing.some(({ name }) => name === container) ? (tellingLine(lines) ?? '') : [],
  );
  const shapes = new Set(said.map(shapeOf));
  const which = said.length === crashing.length ? 'their logs' : `the ${said.length} logs that were read`;
  const same =
    said.length < 2 ? '' : `; ${which} ${shapes.size === 1 ? 'say the same' : 'do not say the same'}`;
  return [`**Crashing**: ${names}${same}`];
}

/** The last lines of the logs, at most `most` of each. */
export function logSections({ logs }: Environment, quote: Quote, most: number): readonly string[] {
  if (most === 0) return [];
  return logs
    .filter((log) => log.lines.length > 0)
    .slice(0, MAX_LOGS)
    .map((log) => logSection(log, quote, most));
}

function logSection({ container, pod, previous, lines }: LogFacts, quote: Quote, most: number): string {
  const last = lines.slice(-most).map((line) => cutText(line, MAX_LINE));
  const run = previous ? 'the run that ended' : 'the current run';
  const which = last.length === 1 ? 'the last line' : `the last ${last.length} lines`;
  const about = `Pod ${code(pod)}, ${run}, ${which}:`;
  return `### Log of ${code(container)}\n\n${about}\n\n${quote.block(last)}`;
}
