import { withoutEnd } from './runs.ts';

type Range = readonly [first: number, last: number];

function characterClass(ranges: readonly Range[]): string {
  const hex = (code: number): string => `\\u{${code.toString(16)}}`;
  return `[${ranges.map(([first, last]) => `${hex(first)}-${hex(last)}`).join('')}]`;
}

// What hides secrets from rules and deceives readers, by Unicode code point.
const invisibleRanges: readonly Range[] = [
  [0x00, 0x08], // C0 controls but tab and line breaks
  [0x0e, 0x1f],
  [0x7f, 0x9f], // delete and C1 controls
  [0xad, 0xad], // soft hyphen
  [0x34f, 0x34f], // combining grapheme joiner
  [0x61c, 0x61c], // Arabic letter mark
  [0x115f, 0x1160], // Hangul fillers
  [0x17b4, 0x17b5], // Khmer inherent vowels
  [0x180b, 0x180f], // Mongolian selectors
  [0x200b, 0x200f], // zero-width characters, direction marks
  [0x202a, 0x202e], // direction embeddings and overrides
  [0x2060, 0x206f], // invisible operators, direction isolates
  [0x3164, 0x3164], // Hangul filler
  [0xfe00, 0xfe0f], // variation selectors
  [0xfeff, 0xfeff], // byte order mark
  [0xffa0, 0xffa0], // half-width Hangul filler
  [0xfff9, 0xfffb], // interlinear marks
  [0xe0000, 0xe0fff], // tag characters, more variation selectors
];

// Characters that end a line for some readers although they are not "\n".
const breakRanges: readonly Range[] = [
  [0x0b, 0x0d],
  [0x85, 0x85],
  [0x2028, 0x2029],
];

const escape = '\\u{1b}';
const bell = '\\u{7}';

// Terminal sequences: CSI, OSC (ended by BEL or ST), two-character escapes.
const terminalSequences = new RegExp(
  `(?:${escape}\\[|\\u{9b})[0-?]*[ -/]*[@-~]|${escape}\\][^${bell}${escape}]*(?:${bell}|${escape}\\\\)?|${escape}[ -/]*[@-_]`,
  'gu',
);
const lineBreaks = new RegExp(characterClass(breakRanges), 'gu');
const invisible = new RegExp(characterClass(invisibleRanges), 'gu');
// One test for all of the above; almost every line ends here.
const suspicious = new RegExp(characterClass([...invisibleRanges, ...breakRanges]), 'u');

const selector = '\ufe0f';
const pictograph = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u20e3)$/u;
const joinedScript =
  /^[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Malayalam}]$/u;

function characterBefore(line: string, at: number): string {
  const before = line.slice(Math.max(0, at - 2), at);
  return /^[\ud800-\udbff]/.test(before) ? before : before.slice(-1);
}

const joiners = '\u200c\u200d';

function joinsLetters(before: string, next: string): boolean {
  return joinedScript.test(before) && joinedScript.test(next);
}

function joinsEmoji(before: string, next: string): boolean {
  return pictograph.test(next) && (before === selector || pictograph.test(before));
}

// What makes an emoji of two signs, or joins the letters of scripts that need it, deceives nobody.
function belongs(found: string, line: string, at: number): boolean {
  const next = String.fromCodePoint(line.codePointAt(at + 1) ?? 32);
  const before = characterBefore(line, at);
  if (found === selector) return pictograph.test(before) || next === '\u20e3';
  return (
    joiners.includes(found) &&
    (joinsLetters(before, next) || (found === '\u200d' && joinsEmoji(before, next)))
  );
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
