// Terminal sequences: CSI, OSC (ended by BEL or ST), and two-character escapes.
// eslint-disable-next-line no-control-regex
const terminalSequences = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -~]?/g;

// Characters that end a line for some readers although they are not "\n".
// eslint-disable-next-line no-control-regex
const lineBreaks = /[\u000b\u000c\r\u0085\u2028\u2029]/g;

// Controls, soft hyphen, zero-width characters, direction marks and overrides, invisible operators, variation
// selectors, the byte order mark, interlinear marks and tag characters: they hide secrets and deceive readers.
const invisible =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

// One cheap test for all of the above; almost every line ends here.
// eslint-disable-next-line no-control-regex
const suspicious = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\udb40-\udb43]/;

/** The line as a person would read it: no terminal sequences, control, zero-width, direction or tag characters. */
export function normaliseLine(line: string): string {
  if (!suspicious.test(line)) return line;
  const ended = line.endsWith('\r') ? line.slice(0, -1) : line;
  return ended.replace(terminalSequences, '').replace(lineBreaks, ' ').replace(invisible, '');
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
