import vocabularyLists from './vocabulary.json' with { type: 'json' };

type List = keyof typeof vocabularyLists;

/**
 * The words by which names and values are judged, by what they tell: `password` is chosen by a person, `token` made by a machine,
 * `weak` used for other things too; `query` tells only as a parameter of a link, `digits` of a short number. Words before "key", "code",
 * "token" and "secret" qualify it (`keyQualifiers`, `weakQualifiers`, `codeQualifiers`) or make it plain (`plainKeys`, `cursors`,
 * `secretReferences`); behind the telling word `neutral` ones change nothing, and `harmless` ones make it a property. `spoken` are what
 * people write about secrets, the schemes those of `Authorization`.
 */
export const vocabulary = Object.fromEntries(
  Object.entries(vocabularyLists).map(([list, words]) => [list, new Set(words.split(' '))]),
) as unknown as Readonly<Record<List, ReadonlySet<string>>>;

/** Parts of words that tell of a secret; each hit is widened to the whole identifier and judged by its words. No word of the lists has none. */
export const stems: ReadonlySet<string> = new Set(
  (['password', 'token', 'weak', 'digits'] as const)
    .flatMap((list) => [...vocabulary[list]])
    .reduce(
      (found, word) => (found.some((stem) => word.includes(stem)) ? found : [...found, word]),
      [...vocabulary.stems],
    ),
);

// Names written in one piece that end in a telling word.
const squashedPassword =
  /(?:password|passwd|passphrase|passwort|[a-z]{3}pwd|defaultpass|(?:user|db|root|admin|smtp|mail|ftp|ldap|bind|sql|redis|mongo|my|pg)(?:pwd|pass|pw)|psk|密[码碼]|口令|パスワード|비밀번호|암호)$|^(?:password|passwd|pwd)(?:confirm(?:ation)?|repeat|again|new|old|check)$/;

// See `squashedPassword`.
const squashedToken =
  /(?:secret|token|apikey|secretkey|accesskey|privatekey|privkey|authkey|signingkey|encryptionkey|masterkey|accountkey|licensekey|routingkey|subscriptionkey|appkey|serverkey|storagekey)$/;

/** Words of the East in one piece that begin with one for password: 密码错误 */
export const squashedBeginning = /^(?:密[码碼]|口令|パスワード|비밀번호|암호)/;

// Words in one piece that end in a word for key or token; most scripts of the East separate nothing.
const squashedKey = /(?:schl(?:ü|ue)ssel|sleutel|nyckel|密[钥鑰]|令牌|鍵|キー|トークン|키|토큰)$/;

// What people type for "password", "secret", "token" and "api key".
const oddPassword =
  /^(?:lösenord|losenord|adgangskode|wachtwoord|paswoord|kennwort|passwort|salasana|slaptaž|slaptaz|lykilorð|jelsz|contraseñ|contrasen|passord|parool|лозинк|парол|κωδικ|συνθηματικ|şifre|sifre|hasł|lozink|hesl)\p{L}{0,4}$|^p[a4@]?[s5$]{0,2}[-_]?w(?:[o0]?r?[do]|or)$|^pass?o(?:wrd|rd)$/u;
const oddToken = /^(?:tokn|tokne|secrt|sercet|secert|api[-_]?k(?:ee|ay|ye)|apikee)$/;

/**
 * What the name of a field says about its value.
 * - `password`: a person chose it; masked whatever it looks like.
 * - `token`: a machine made it; masked unless it is plainly a word, a number or a path.
 * - `secret`: as `token`, but in a cluster the name of a Secret stands there as often as its content.
 * - `weak`: the name is used for other things too; masked only when the value looks machine-made.
 * - `chosen`: the single word "pass"; what is no word, no number and nothing ordinary counts.
 * - `bare`: the single word "key"; only what is scrambled as no identifier is counts.
 * - `faint`: as `weak`, but the name hardly says anything; only what is plainly a token counts.
 * - `digits`: a short number that is a secret (a PIN, a one-time code).
 * - `header`, `cookie`: an HTTP header with a syntax of its own.
 */
export type KeyKind =
  'password' | 'token' | 'secret' | 'weak' | 'chosen' | 'faint' | 'bare' | 'digits' | 'header' | 'cookie';

function isUpper(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}

// "apiKey" begins a word at "K", "APIKey" at the "K" too: an upper-case letter after a lower-case one or before one.
function startsWord(name: string, at: number): boolean {
  if (!isUpper(name.charCodeAt(at))) return false;
  return !isUpper(name.charCodeAt(at - 1)) || isLower(name.charCodeAt(at + 1));
}

/** The words of an identifier in camel, snake, kebab or dotted form, in lower case, without digits at their end. */
export function wordsOf(name: string): string[] {
  let spaced = '';
  for (let at = 0; at < name.length; at += 1) {
    spaced += startsWord(name, at) ? ` ${name.charAt(at)}` : name.charAt(at);
  }
  const parts = spaced.toLowerCase().split(/[^\p{L}\p{M}\p{N}]+/u);
  return parts.map((part) => part.replace(/\d{1,4}$/, '') || part).filter((part) => part !== '');
}

function kindOfKey(before: string): KeyKind | undefined {
  if (vocabulary.keyQualifiers.has(before)) return 'token';
  if (vocabulary.weakQualifiers.has(before)) return 'weak';
  if (before === '') return 'bare';
  return vocabulary.plainKeys.has(before) || vocabulary.harmless.has(before) ? undefined : 'faint';
}

// Words whose meaning depends on the one before them ('' when there is none).
const judges: Readonly<Record<string, (before: string) => KeyKind | undefined>> = {
  key: kindOfKey,
  codes: (before) => (['backup', 'recovery', 'scratch'].includes(before) ? 'digits' : undefined),
  keys: (before) => (vocabulary.keyQualifiers.has(before) ? 'weak' : undefined),
  code: (before) =>
    before === 'device' || before === 'auth' || before === 'authorization'
      ? 'weak'
      : vocabulary.codeQualifiers.has(before)
        ? 'digits'
        : undefined,
  secret: (before) => (before === '' || vocabulary.secretReferences.has(before) ? 'secret' : 'token'),
  secreta: (before) => (['clave', 'chave', 'palabra', 'palavra'].includes(before) ? 'password' : 'weak'),
  seed: (before) => (['mfa', 'totp', 'otp', 'wallet'].includes(before) ? 'token' : undefined),
  pass: (before) => (before === '' ? 'chosen' : 'password'),
  // Two words in their own languages: mot_de_passe, palabra_clave, parola_chiave, mật khẩu.
  passe: (before) => (before === 'de' ? 'password' : 'weak'),
  clave: (before) => (before === '' ? 'weak' : 'password'),
  chiave: (before) => (before === 'parola' ? 'password' : 'weak'),
  pat: (before) => (before === '' ? 'weak' : 'token'),
  community: () => 'chosen',
  string: (before) => (before === 'community' ? 'password' : undefined),
  strings: (before) => (before === 'community' ? 'password' : undefined),
  phrase: (before) =>
    ['seed', 'recovery', 'pass', 'mnemonic', 'secret', 'key'].includes(before) ? 'password' : undefined,
  token: (before) => (vocabulary.cursors.has(before) ? undefined : 'token'),
  // java.naming.security.credentials
  credentials: (before) => (before === 'security' ? 'password' : 'weak'),
  authorization: () => 'header',
  cookie: () => 'cookie',
  cookies: () => 'cookie',
};

function kindOfWord(word: string, before: string): KeyKind | undefined {
  const known = Object.hasOwn(judges, word) ? judges[word] : undefined;
  return known === undefined ? kindByList(word) : known(before);
}

// passwrod, pasword, passswrd: the same letters, or one more or fewer
function isMisspelt(word: string): boolean {
  if (!word.startsWith('p') || word.length < 7 || word.length > 9) return false;
  const left = Array.from('password');
  const more = Array.from(word).filter((char) => {
    const at = left.indexOf(char);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return more.length + left.length <= 1;
}

function kindByList(word: string): KeyKind | undefined {
  const isIn = (words: ReadonlySet<string>, ...shapes: readonly RegExp[]): boolean =>
    words.has(word) || shapes.some((shape) => shape.test(word));
  if (isIn(vocabulary.password, squashedPassword, oddPassword) || isMisspelt(word)) return 'password';
  if (isIn(vocabulary.token, oddToken)) return 'token';
  if (vocabulary.digits.has(word)) return 'digits';
  if (vocabulary.faint.has(word)) return 'faint';
  if (isIn(vocabulary.weak, squashedKey)) return 'weak';
  if (word.endsWith('secret')) return 'secret';
  return squashedToken.test(word) && !vocabulary.cursors.has(word.replace(/token$/, ''))
    ? 'token'
    : undefined;
}

// A Vault AppRole's secret id is the secret itself, although it is called an id; so are Honeycomb's "team", Sonar's
// "login" and the answer of a SAML sign-on.
const namedLikeIds =
  /secret[-_.]?id$|secret_?access_?key_?id$|honeycomb-team$|sonar\.login$|^saml_?response$|^signature(?:value|provided)$|^x-[\w-]{1,40}-signature(?:-\d+)?$|account\.key\.\w+\.(?:blob|dfs|queue|table)/i;

// .NET names assemblies by a digest of their public key; a pinned certificate is a digest, too.
const plainNames = /public_?key_?token$|^pin-sha\d{1,3}$/i;
// Each node of Erlang, and so of RabbitMQ, proves itself with its cookie. The key whose bytes are shown is that of a cipher.
const cookieOrCipherKey = /erlang[-_.]?cookie$|^-{0,2}setcookie$|^key[-_.]?(?:hex|bytes|material)$/i;

// The name of a parameter of a link or form may be one bare word that tells nothing elsewhere.
function kindInQuery(name: string): KeyKind | undefined {
  return vocabulary.query.has(name.toLowerCase()) ? 'weak' : undefined;
}

// The last telling word decides. Behind it, neutral words change nothing, harmless ones make it a property, and an
// unknown one leaves a doubt.
function kindOfWords(parts: readonly string[]): KeyKind | undefined {
  let unknown = 0;
  for (let at = parts.length - 1; at >= 0 && unknown <= 3; at -= 1) {
    const word = parts[at] ?? '';
    const kind = kindOfWord(word, parts[at - 1] ?? '');
    if (kind !== undefined) return unknown > 0 ? 'weak' : kind;
    if (vocabulary.harmless.has(word)) return undefined;
    unknown += vocabulary.neutral.has(word) ? 0 : 1;
  }
  return undefined;
}

// Logs repeat the same names for ever, so judgements are remembered; the bound keeps hostile names from filling memory.
const remembered = new Map<string, KeyKind | undefined>();
const maxRemembered = 4_096;

function judge(name: string): KeyKind | undefined {
  if (namedLikeIds.test(name)) return 'secret';
  if (plainNames.test(name)) return undefined;
  if (/sess(?:ion)?[-_ ]id$/i.test(name)) return 'faint';
  if (cookieOrCipherKey.test(name) || name === 'npm_auth' || oddToken.test(name.toLowerCase()))
    return 'token';
  if (/pass[-_.]w(?:or)?d$|clear[-_]?text$/i.test(name)) return 'password';
  // Connection strings say Pwd for the password, and every environment says PWD for the directory.
  if (name === 'PWD' || name === 'OLDPWD') return 'weak';
  return kindOfWords(wordsOf(name));
}

/** What the field called `name` holds; undefined when the name says nothing of a secret. */
export function kindOfName(name: string, inQuery = false): KeyKind | undefined {
  if (inQuery && kindInQuery(name) !== undefined) return 'weak';
  if (remembered.has(name)) return remembered.get(name);
  if (remembered.size >= maxRemembered) remembered.clear();
  const kind = judge(name);
  remembered.set(name, kind);
  return kind;
}

/** Whether the last word of a name makes it a property of a secret, such as its type or its expiry. */
export function isPropertyName(name: string): boolean {
  return vocabulary.harmless.has(wordsOf(name).at(-1) ?? '');
}

/** Whether the name of a column is one whose every value is secret. */
export function isSecretName(name: string): boolean {
  return ['password', 'token', 'secret'].includes(kindOfName(name) ?? '');
}
