/** A part of a document that is written by `npm run render`. */
import { format, resolveConfig } from 'prettier';

const END = '<!-- Ends here. -->';

/** The document with these lines in the part that says it is made from `source`. Throws where there is none. */
export async function withPart(
  document: { readonly file: string; readonly text: string },
  source: string,
  lines: readonly string[],
): Promise<string> {
  const { file, text } = document;
  const head = `<!-- Written by \`npm run render\` from ${source}. -->`;
  const from = text.indexOf(head);
  const to = text.indexOf(END, from);
  if (from === -1 || to === -1) throw new Error(`${file} has no part that is made from ${source}`);
  const whole = `${text.slice(0, from)}${head}\n\n${lines.join('\n')}\n\n${text.slice(to)}`;
  return await format(whole, { ...(await resolveConfig(file)), parser: 'markdown' });
}
