/** What a value looks like, judged by its characters alone. All functions are linear in the length of the value. */

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const resourceName = /^[a-z0-9]+(?:[-./][a-z0-9]+)+$/;
const digest = /^(?:sha\d{1,3}|md5|blake\w{1,4}|git)[:-]/i;
const fingerprint = /^(?:[0-9a-f]{2}:){5}/i;
const clockTime = /^\[?\d{2,4}[-/.:]\d{2}[-/.:]\d{2}/;
const duration = /^\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w|min|sec|days?|hours?|minutes?|seconds?)?$/;
const address = /^\[?(?:[0-9a-f]{0,4}[.:]){1,8}[0-9a-f]{0,4}\]?(?:[:/]\d{1,5})?$/i;
const version = /^v?\d{1,6}(?:\.\d{1,8}){1,3}(?:[-+.][\w.+-]*)?$/;
const path = /^(?:~|\.{1,2})?(?:\/[\w.@~-]+)+\/?$/;
const drivePath = /^(?:[A-Za-z]:\\|file:|\.\.?\\|\/$)/;
const pointer = /^[+-]?0x[0-9a-f]+$/i;
const place = /^[\w./$-]+\.[A-Za-z]{1,6}:\d/;
const mail = /^[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.[a-z]{2,16}$/i;
const link = /^[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\//;

/** Whether the value is a UUID. */
export function isUuid(value: string): boolean {
  return uuid.test(value);
}

// One expression of several that begin with ^ and have the same flags: asked at once, they cost little more than one.
function anyOf(...shapes: readonly RegExp[]): RegExp {
  return new RegExp(shapes.map(({ source }) => source).join('|'), shapes[0]?.flags);
}

const measure = anyOf(duration, clockTime, version);
const linkOrDrive = anyOf(link, drivePath);
// An address of a machine, a pointer, a digest, a fingerprint, an address of mail
const known = anyOf(address, pointer, digest, fingerprint, mail);

/** Whether the value is an ordinary number, duration, date, version or address. */
export function isMeasure(value: string): boolean {
  return measure.test(value) || address.test(value);
}

function classOf(code: number): number {
  if (code >= 48 && code <= 57) return 1;
  if (code >= 97 && code <= 122) return 2;
  if (code >= 65 && code <= 90) return 3;
  return 0;
}

/** How the characters of a value are mixed. */
interface Mixture {
  readonly digits: number;
  readonly lower: number;
  readonly upper: number;
  readonly other: number;
  /** Places where a digit stands next to a letter. */
  readonly seams: number;
  /** Places where a letter or digit stands next to one of another kind: capital, small letter, digit. */
  readonly changes: number;
}

// A digit next to a letter.
function isSeam(before: number, kind: number): boolean {
  return (kind === 1 && before > 1) || (before === 1 && kind > 1);
}

// Two neighbours of different kinds, signs left aside.
function isChange(before: number, kind: number): boolean {
  return before > 0 && kind > 0 && before !== kind;
}

function mixtureOf(value: string): Mixture {
  let [other, digits, lower, upper] = [0, 0, 0, 0];
  let seams = 0;
  let changes = 0;
  let before = 0;
  for (let at = 0; at < value.length; at += 1) {
    const kind = classOf(value.charCodeAt(at));
    if (kind === 0) other += 1;
    else if (kind === 1) digits += 1;
    else if (kind === 2) lower += 1;
    else upper += 1;
    if (isSeam(before, kind)) seams += 1;
    if (isChange(before, kind)) changes += 1;
    before = kind;
  }
  return { digits, lower, upper, other, seams, changes };
}

/** Whether the value is a file path or a link. Links with credentials have rules of their own. */
export function isPathOrLink(value: string): boolean {
  if (linkOrDrive.test(value)) return true;
  if (!path.test(value)) return false;
  // Base64 may begin with a slash, too, but mixes letters of both cases and digits.
  const mixture = mixtureOf(value);
  return !(isMixed(mixture) && mixture.upper > 1 && mixture.lower > 1);
}

// Several look at the same value one behind the other.
let lastAsked = '';
let lastIsOrdinary = false;

function isOrdinary(value: string): boolean {
  if (value === lastAsked) return lastIsOrdinary;
  lastAsked = value;
  lastIsOrdinary =
    measure.test(value) ||
    known.test(value) ||
    isPathOrLink(value) ||
    place.test(value) ||
    (resourceName.test(value) && !value.split(/[-./]/).some((part) => part.length >= 16));
  return lastIsOrdinary;
}

function longestPart(value: string): string {
  let longest = '';
  let start = 0;
  for (let at = 0; at <= value.length; at += 1) {
    if (at < value.length && classOf(value.charCodeAt(at)) > 0) continue;
    if (at - start > longest.length) longest = value.slice(start, at);
    start = at + 1;
  }
  return longest;
}

// Capitals and small letters change places in every second position of random text, and with every word of an identifier:
// between the two lies this share.
const scrambledShare = 0.42;

function isScrambledMixture({ digits, lower, upper, changes }: Mixture): boolean {
  const letters = lower + upper + digits;
  return upper >= 2 && lower >= 2 && letters >= (digits > 0 ? 10 : 14) && changes >= letters * scrambledShare;
}

/** Whether letters of both cases (and digits) are mixed as no identifier mixes them: `TrRsqBWjEeOlac`. */
export function isScrambled(value: string): boolean {
  // What is cheaper to ask comes first, here and below.
  const isOfBoth = value !== value.toLowerCase() && value !== value.toUpperCase();
  if (!isOfBoth || !/^[A-Za-z0-9+/=_-]+$/.test(value)) return false;
  const is = isScrambledMixture(mixtureOf(value)) || (value.length >= 14 && isJumbled(value));
  return is && !isOrdinary(value);
}

// Two letters in a row that no word and hardly an abbreviation has.
const oddPair =
  /q[^u]|[bcfghjkmpqtvwxz]j|x[bdfgjknrvwz]|[bdfghjkmpqtvwz]x|z[bcdfgjkmpqrvwx]|[bcfghjkmpqvwx]z|v[bcdfghjkpqtwxz]|w[bcfgjmpqvxz]/;

/** Whether the value has letters of both cases in a row that no words make: `vilopo-UrZeMVBN`, `YifgjaWPotNckxlo`. */
export function isJumbled(value: string): boolean {
  // Cheaper to ask than the expressions below.
  if (value.length < 8 || value === value.toLowerCase() || value === value.toUpperCase()) return false;
  return value.split(/[^A-Za-z\d]/).some((part) => {
    if (part.length < 8 || !/[A-Z].*[A-Z]/.test(part) || !/[a-z].*[a-z]/.test(part)) return false;
    if (!/[a-z]{4}/.test(part) && mixtureOf(part).changes >= 3) return true;
    return part.length >= 14 && (part.match(/[a-z]{2,64}/g) ?? []).some((run) => oddPair.test(run));
  });
}

/** Whether the code is that of a digit of ASCII. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

// executor-thread-487, web-node-101
const countedThing =
  /(?:thread|worker|pool|exec|task|node|conn|port|error|code|step|line|page|job|build|batch|server|host|shard|version|replica)[-_.]\d+$/;

/** A word and a number as people choose them for passwords, but no year: `kadima-326`, `ragolo.270`. */
export function isWordAndNumber(value: string): boolean {
  return (
    value.length <= 90 &&
    isDigit(value.charCodeAt(value.length - 1)) &&
    /^[a-z]{4,20}(?:[-_.][a-z]{4,20}){0,3}[-_.](?:\d{3}|[013-9]\d{3}|\d{5,6})$/.test(value) &&
    !countedThing.test(value)
  );
}

/** Whether it is a setting with a number, which no password is: `minLength=12`. */
export function isSetting(value: string): boolean {
  return /^[A-Za-z][A-Za-z_.-]{2,30}=\d{1,6}[smhd]?[,;]?$/.test(value);
}

/** Whether a person or a generator may have chosen the value as a password, and it is no name. */
export function looksChosen(value: string): boolean {
  return (isPasswordLike(value) && !isIdentifier(value)) || isWordAndNumber(value) || isJumbled(value);
}

function isMixed(mixture: Mixture): boolean {
  const { digits, lower, upper, seams } = mixture;
  return (lower + upper > 0 && digits >= 2 && seams >= 3) || isScrambledMixture(mixture);
}

/** Whether the value looks machine-made: long enough, letters and digits well mixed, and nothing ordinary. */
export function isTokenLike(value: string, minLength = 16): boolean {
  if (value.length < minLength) return false;
  const part = longestPart(value);
  const mixture = mixtureOf(part.length >= minLength ? part : value);
  if (!isMixed(mixture) || isOrdinary(value)) return false;
  return part.length >= 10 || (mixture.other <= value.length / 4 && mixture.upper > 0 && mixture.lower > 0);
}

/** Whether the value looks like a password a person or a generator chose: no plain word, no number, nothing ordinary. */
export function isPasswordLike(value: string): boolean {
  if (value.length < 6) return false;
  const { digits, lower, upper, other } = mixtureOf(value);
  const kinds = Number(digits > 0) + Number(lower > 0) + Number(upper > 0) + Number(other > 0);
  const isOfKinds = kinds >= 3 || (kinds === 2 && digits > 0 && lower + upper > 2 && other === 0);
  return isOfKinds && !isOrdinary(value);
}

/** Whether the value is three words or more in a row, as people make passphrases: `correct-horse-battery`. */
export function isPassphrase(value: string): boolean {
  return /^[a-z]{4,12}(?:[-_.][a-z]{4,12}){2,7}$/i.test(value);
}

/** Whether a value of a vaguely named field is worth masking. */
export function isWeakSecret(value: string): boolean {
  if (value.length < 8 || isUuid(value) || isOrdinary(value)) return false;
  const { digits, lower, upper } = mixtureOf(value);
  if (digits === 0) return value.length >= 32 && lower > 0 && upper > 0 && !/[\s./:_-]/.test(value);
  return lower + upper >= 3 && !/\s/.test(value);
}

/** Words and short numbers with one sign between, in small letters or in capitals, and words that each begin with a capital. */
const identifiers = [
  /^[a-z]{2,20}\d{0,2}(?:[-_./:](?:[a-z]{1,20}\d{0,2}|(?:v|20)?\d{1,2})){0,8}$/,
  /^[A-Z]{2,20}\d{0,2}(?:[-_./:](?:[A-Z]{1,20}\d{0,2}|(?:20)?\d{1,2})){0,8}$/,
  // Where a word ends is certain, or a name of 200 small letters would be divided in every way there is.
  /^[A-Z]?[a-z]{2,120}(?:[A-Z][a-z]{2,40}){0,5}(?:V?\d{1,2})?$/,
];

/** Whether the value is made of words and short numbers, as people name things: `db_password_v2`, `app-user-3`, `web2`. */
export function isIdentifier(value: string): boolean {
  return identifiers.some((shape) => shape.test(value));
}

/** Whether the value looks as a machine or a generator of passphrases makes it. */
export function looksGenerated(value: string): boolean {
  if (isTokenLike(value, 12) || isScrambled(value) || isPassphrase(value)) return true;
  return /^(?:0x)?[0-9a-f]{24,}$/i.test(value);
}

/** Whether it is made of words (OAuth2Client): those are longer than the pieces of what was drawn. */
export function isCamel(name: string): boolean {
  const pieces = name.match(/[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? [];
  return name.length >= pieces.length * 2.2;
}
