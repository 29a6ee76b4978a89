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
