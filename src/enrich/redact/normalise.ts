import { withoutEnd } from './scan.ts';

// What hides secrets from rules and deceives readers: controls but tab and line breaks, zero-width, direction and tag
// characters, soft hyphens, fillers, selectors.
const hidden = String.raw`\u{0}-\u{8}\u{e}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}-\u{180f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{3164}\u{fe00}-\u{fe0f}\u{feff}\u{ffa0}\u{fff9}-\u{fffb}\u{e0000}-\u{e0fff}`;
// Characters that end a line for some readers although they are not "\n".
const breaks = String.raw`\u{b}-\u{d}\u{85}\u{2028}\u{2029}`;

const escape = '\\u{1b}';
const bell = '\\u{7}';

// Terminal sequences: CSI, OSC (ended by BEL or ST), two-character escapes.
const terminalSequences = new RegExp(
  `(?:${escape}\\[|\\u{9b})[0-?]*[ -/]*[@-~]|${escape}\\][^${bell}${escape}]*(?:${bell}|${escape}\\\\)?|${escape}[ -/]*[@-_]`,
  'gu',
);
const lineBreaks = new RegExp(`[${breaks}]`, 'gu');
const invisible = new RegExp(`[${hidden}]`, 'gu');
// One test for all of the above; almost every line ends here.
const suspicious = new RegExp(`[${hidden}${breaks}]`, 'u');

const selector = '\ufe0f';
const pictograph = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u20e3)$/u;
const joinedScript =
  /^[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Malayalam}]$/u;

function characterBefore(line: string, at: number): string {
  const before = line.slice(Math.max(0, at - 2), at);
  return /^[\ud800-\udbff]/.test(before) ? before : before.slice(-1);
}

// What makes an emoji of two signs, or joins the letters of scripts that need it, deceives nobody.
function belongs(found: string, line: string, at: number): boolean {
  const next = String.fromCodePoint(line.codePointAt(at + 1) ?? 32);
  const before = characterBefore(line, at);
  if (found === selector) return pictograph.test(before) || next === '\u20e3';
  if (found === '\u200d' && pictograph.test(next) && (before === selector || pictograph.test(before)))
    return true;
  return /[\u200c\u200d]/.test(found) && joinedScript.test(before) && joinedScript.test(next);
}

/** The line as a person would read it: no terminal sequences, control, zero-width, direction or tag characters. */
export function normaliseLine(line: string): string {
  if (!suspicious.test(line)) return line;
  const ended = withoutEnd(line, '\r');
  const plain = ended.replace(terminalSequences, '').replace(lineBreaks, ' ');
  return plain.replace(invisible, (found, at: number) => (belongs(found, plain, at) ? found : ''));
}

const cutNote = ' …[line cut]';

// How far back a cut looks for the end of a word: half a token at the end of a line is still half a secret.
const longestWord = 512;

function lastBreak(text: string): number {
  for (let at = text.length - 1; at > text.length - longestWord && at > 0; at -= 1) {
    if (' \t,;&"\''.includes(text[at] as string)) return at;
  }
  return text.length;
}

/** The line, at most `max` UTF-16 units long. A word that the cut would split is dropped whole. */
export function capLine(line: string, max: number): string {
  if (line.length <= max) return line;
  const room = Math.max(0, max - cutNote.length);
  const kept = line.slice(0, room).replace(/[\ud800-\udbff]$/, '');
  return kept.slice(0, lastBreak(kept)) + cutNote;
}
