/**
 * Text from the cluster in Markdown: always in a code span or a fenced block, never as running text, so that it can
 * neither format anything nor link, mention or pose as ours.
 */

/** A code span. Its fence is longer than any run of back-ticks inside; line breaks become spaces. */
export function code(text: string): string {
  const line = text.replace(/[\r\n\u2028\u2029]+/g, ' ');
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line === '' ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A fenced block with its language. Its fence is longer than any run of back-ticks inside. */
export function block(lines: readonly string[], language: string): string {
  const body = lines.join('\n').replace(/[\u2028\u2029]/g, '\n');
  const fence = '`'.repeat(Math.max(3, longestRun(body) + 1));
  return `${fence}${language}\n${body}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** One argument of a shell command, quoted where it is not a plain word. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_.:/@=-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}
