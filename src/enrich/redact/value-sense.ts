import { withoutEnd } from './scan.ts';
import { kindOfName, type KeyKind, vocabulary } from './key-name.ts';
import { isPlaceholder } from './marker.ts';
import type { FieldSyntax } from './field-syntaxes.ts';
import {
  isJumbled,
  isMeasure,
  isPasswordLike,
  isPathOrLink,
  isScrambled,
  isSetting,
  isTokenLike,
  isWeakSecret,
  isUuid,
  isWordAndNumber,
} from './token-shape.ts';

// What stands after a secret-like word when it is spoken about rather than given.
const functionWords =
  /(?:^|\s)(?:is|are|was|must|should|not|the|be|for|at|cannot|can|has|have|to|of|in|with|did|does|only|too|required|invalid|expired|contain|contains)(?:\s|$)/i;
// Words, also in camel case and with hyphens; "MCyaMVZF" is none.
const plainWord =
  /^(?:[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]{2,}s?|[A-Z])(?:['-](?:[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]{2,}s?|[A-Z]))*[.,:;!?]?$/;
const wordInBrackets = /^\([\w'-]+\)[.,:;!?]?$/;
const call = /^[A-Za-z_$][A-Za-z_$.:]*[([]/;
// The only argument, by its name: scope="read"
const namedArgument = /^\w{1,40}=["'][^"']{0,200}["']?$/;
const program = [
  // "token: ca.crt: 12 bytes": what follows is the next name, not a value.
  /^[a-z][a-z.-]{1,40}:$/,
  // getpass.getpass("Enter: "), of which only the first word is read
  /^[A-Za-z_$][A-Za-z_$.]*\((?:[a-z_]{1,20}=)?["'][A-Za-z ]*:?$/,
  // self.token, process.env.X
  /^(?:self|this|process|os|env|req|request|config|cfg|conf|settings|args|opts|options|ctx|params|props|credentials|user|app|event|input|data|secrets|vars?|local|module|each|output)\.[A-Za-z_$][\w$.?]{0,200}(?:[([].*|[;,.)]{0,8})$/,
  // config_get(name, matchToToken(match
  /^(?:[A-Za-z]+[_.][A-Za-z_.]*|[a-z]+[A-Z][A-Za-z]*)\([A-Za-z_.(]*$/,
  // An object of Java or Android: ZooKeeperServer@325, BinderProxy@5bb16c6
  /^[\w.$:]{0,200}[A-Z][\w$]{0,100}[@{][0-9a-f]{1,8}[\])}]{0,2}$/,
];
// node-modules-linux-<digest>, the key of a cache
const namedDigest = /^[a-z][\w.-]{0,120}-(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
// Names of program text: jsTokens.matchToToken, matchToToken, and lists of names (dockerfile:dockerfile:).
const names = [
  /^[A-Za-z_$]{1,30}(?:\.[A-Za-z_$]{1,30}){1,4}\)?$/,
  /^[a-z]+(?:[A-Z][a-z]+)+$/,
  /^[a-z]{2,30}(?::[a-z]{2,30}){0,3}:$/,
];

/** Whether a word is one that people write about secrets ("expired") rather than a secret. */
export function isSpoken(text: string): boolean {
  return vocabulary.spoken.has(withoutEnd(text.toLowerCase(), '.,:;!?)]}'));
}

/** Whether a quoted text is a sentence about a secret rather than a secret ("must not be blank"). */
function isSentence(text: string): boolean {
  const space = text.indexOf(' ');
  if (
    space < 0 ||
    !text
      .split(/\s+/)
      .every((word) => plainWord.test(word) || wordInBrackets.test(word) || /^\d+$/.test(word))
  )
    return false;
  return isSpoken(text.slice(0, space)) || functionWords.test(text);
}

// name("…, name(…), name[…], name(
function isCall(text: string): boolean {
  const found = call.exec(text);
  if (found === null) return false;
  const inner = withoutEnd(text.slice(found[0].length), ';,.');
  return (
    inner === '' ||
    '"\''.includes(inner.charAt(0)) ||
    ')]'.includes(inner.charAt(inner.length - 1)) ||
    namedArgument.test(inner)
  );
}

/** Whether an unquoted value is a piece of program text, as stack traces show: `config.get("x")`, `self.token`. */
function isCode(text: string): boolean {
  return isCall(text) || isSetting(text) || program.some((shape) => shape.test(text));
}

// A name that tells of a secret is none.
function isTellingName(text: string): boolean {
  return /^[A-Za-z_.:-]+$/.test(text) && !isJumbled(text) && kindOfName(text) !== undefined;
}

type Firmness = Pick<FieldSyntax, 'firm' | 'verb'>;

// Numbers, dates, paths and links are no tokens, although they stand under such names (a cursor, a file).
function isForeign(text: string): boolean {
  return (
    text.length < 4 ||
    /\s|^(?:com|org|net|io|dev)(?:\.[\w-]{1,60}){2,8}/.test(text) ||
    /^[-+]?\d+$/.test(text) ||
    isMeasure(text) ||
    isPathOrLink(text)
  );
}

function isToken(text: string, syntax: Firmness): boolean {
  if (isTellingName(text)) return false;
  if (syntax.firm && /^\d{20,}$/.test(text)) return true;
  if (isForeign(text) || names.some((shape) => shape.test(text))) return false;
  if (syntax.firm) return true;
  return !plainWord.test(text) && (isWeakSecret(text) || text.length >= 20);
}

// user:password, where one name stands for both
const pair = /^[\w.+@-]{1,64}:(?:[^\s/:][^\s:]{3,127})$/;

// Only a chosen second half tells a password from a port, a realm or a host.
function isPair(text: string): boolean {
  return pair.test(text) && !/^(?:sha|md)\d/i.test(text) && isPasswordLike(text.slice(text.indexOf(':') + 1));
}

// 3812f-167c0, as codes for a lost second factor are written
function isHalves(text: string): boolean {
  return /^[0-9a-z]{4,6}-[0-9a-z]{4,6}$/i.test(text) && /\d/.test(text);
}

// "three plain words 42", quoted under a name for a token
function isPhrase(text: string): boolean {
  const words = text.split(' ');
  return (
    words.length > 1 &&
    words.length < 16 &&
    /\d/.test(text) &&
    words.every((word) => /^[A-Za-z\d]{1,20}$/.test(word)) &&
    !isSentence(text)
  );
}

const judges: Readonly<Record<KeyKind, (text: string, syntax: Firmness) => boolean>> = {
  password: (text, syntax) => syntax.firm || !plainWord.test(text) || text.length > 20 || isScrambled(text),
  token: isToken,
  secret: (text, syntax) =>
    isToken(text, syntax) && (isUuid(text) || isWeakSecret(text) || !/^[a-z][a-z0-9./-]*$/.test(text)),
  weak: (text, syntax) =>
    (isWeakSecret(text) && !/^[\w.:-]{1,60}[({<]|^[a-z_.]{1,40}=[^=]|[,:(]$|,\(/.test(text)) ||
    isScrambled(text) ||
    (isJumbled(text) && !/[\s({<]/.test(text)) ||
    (syntax.firm && isPair(text)),
  chosen: (text, syntax) =>
    isWeakSecret(text) ||
    isPasswordLike(text) ||
    isScrambled(text) ||
    isWordAndNumber(text) ||
    isJumbled(text) ||
    (syntax.firm && /^[a-z]{4,20}[-_.]\d{2,6}$/.test(text)),
  bare: (text) => text.length >= 24 && isScrambled(text),
  faint: (text) =>
    (isTokenLike(text, 20) || (text.length >= 14 && isScrambled(text))) &&
    !isUuid(text) &&
    !namedDigest.test(text),
  digits: (text) => /^\d{3,10}$/.test(text) || isHalves(text) || isTokenLike(text),
  // Headers have a syntax of their own; see header-value.ts. A cookie without "=" is Erlang's.
  header: () => false,
  cookie: isWeakSecret,
};

// Words that people use as passwords although they also write them about passwords. "password=password" is program
// text as often as not, "DB_PASSWORD=password" hardly ever.
const poorPasswords = new Set([
  'secret',
  'default',
  'plain',
  'token',
  'key',
  'internal',
  'static',
  'user',
  'login',
]);

function isPoorPassword(
  text: string,
  syntax: { readonly firm: boolean; readonly compound: boolean },
): boolean {
  return syntax.firm && (poorPasswords.has(text) || (syntax.compound && text === 'password'));
}

// What is called a password in a sentence: anything with letters and digits that is no address, file or algorithm.
function isChosen(text: string): boolean {
  if (text.endsWith(':')) return false;
  if (isPasswordLike(text) || isJumbled(text)) return !/^[A-Z0-9./-]+$/.test(text) || text.length > 14;
  return isScrambled(text) || /^[a-z]{3,32}[-_.]\d{2,6}$/.test(text);
}

function isSaid(kind: KeyKind, text: string): boolean {
  return isChosen(text) || (kind === 'token' && isUuid(text));
}

// What speaks about a secret, or is program text.
function isNoValue(kind: KeyKind, text: string, syntax: ValueSyntax): boolean {
  if (isPlaceholder(text)) return true;
  if (isSpoken(text)) return kind !== 'password' || !isPoorPassword(text, syntax);
  if (syntax.verb && kind !== 'digits') return false;
  return syntax.quoted ? isSentence(text) && !isPhraseOf(kind, text, syntax) : isCode(text);
}

function isPhraseOf(kind: KeyKind, text: string, syntax: ValueSyntax): boolean {
  return syntax.quoted && syntax.compound && (kind === 'token' || kind === 'secret') && isPhrase(text);
}

/** How a value is tied to its name, and what both look like. */
type ValueSyntax = Firmness & { readonly quoted: boolean; readonly compound: boolean };

/** How a value stands behind its name when nothing else stands beside them. */
export const firmly: ValueSyntax = { firm: true, verb: false, quoted: true, compound: true };

/** Whether a name and its value are so tied that the value is a secret. `text` is the value without quotes. */
export function isSecretValue(kind: KeyKind, text: string, syntax: ValueSyntax): boolean {
  if (isNoValue(kind, text, syntax)) return false;
  if (syntax.verb && kind !== 'digits') return isSaid(kind, text);
  return isPhraseOf(kind, text, syntax) || judges[kind](text, syntax);
}

/** Whether so little of it is left, as in AKIA********WXYZ, that nobody can use it. */
export function isStarred(said: string): boolean {
  return said.includes('********') && said.replaceAll('*', '').length <= 18;
}
