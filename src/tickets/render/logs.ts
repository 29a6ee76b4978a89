import type { ContainerFacts, Environment, LogFacts } from '../../domain/environment.ts';
import { cutText } from '../../lib/text.ts';
import { hasNotBegun, lastEnd } from './containers.ts';
import { code } from './markdown.ts';
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

/** The line of a log that tells why it ended: not the last one where a trace or an orderly end follows. */
export function tellingLine(lines: readonly string[]): string | undefined {
  const heads = lines.filter((line) => line.trim() !== '' && !/^\s/.test(line));
  return (
    heads.findLast((line) => GIVES_UP.some((pattern) => pattern.test(line.replace(NONE, '')))) ??
    heads.findLast((line) => TELLING.test(line.replace(NONE, ''))) ??
    lines.findLast((line) => line.trim() !== '')
  );
}

/** Longest line of a log in the text; the environment has more of it. */
const MAX_LINE = 500;
/** The failing container and one more. */
const MAX_LOGS = 2;

/** What the failing container said last, in one line; or that it said nothing, and why. */
export function logLines(environment: Environment, container: ContainerFacts | undefined): readonly string[] {
  if (container === undefined) return [];
  const log = environment.logs.find((one) => one.container === container.name);
  const line = tellingLine(log?.lines ?? []);
  if (line !== undefined) return [`**Log says**: ${code(line, MAX_LINE)}`];
  if (log !== undefined) return ['**Log says**: nothing, it wrote no line'];
  const missing = environment.omitted.find(({ field }) => field === 'logs');
  if (missing === undefined || lastEnd(container) === undefined || hasNotBegun(container)) return [];
  return [`**Log**: not read, as ${code(missing.reason)}`];
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
