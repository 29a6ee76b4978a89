import { isUnlikeWords } from './candidates.ts';
import { kindOfName } from './key-name.ts';
import { isPlaceholder, type SpanRule } from './marker.ts';
import { matchAt } from './read-value.ts';
import { isIdentifier, isPasswordLike, looksChosen, looksGenerated } from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

/** An argument of a call, without its quotes. */
interface Argument {
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
}

const callee = /[\w$]{2,80}$/;
const list = /\b(?:args|params|(?:\w{1,20}_)?(?:auth|creds?|credentials?|login))["']?\s?[:=]\s?[[({]/g;
/** Names of calls that take an account and its password. */
export const logsIn =
  /log_?(?:in|on)|^start_link$|authenticat|authori[sz]e$|^auth\b|(?:^|_)bind(?:_s)?$|sign_?in|^attempt|validateandgetuser|plainauth|plaintextauth|usernamepassword|set_auth/i;
const connects =
  /connect|^__construct$|^Sequelize$|^wpdb$|^mysqli$|^PDO$|imap_open|ftp_open|createTransport/i;
const signs =
  /encrypt|decrypt|hmac|^(?:sign|verify|encode|decode|mac|new)$|client$|search$|sdk$|^init$|configure/i;
// The classes behind PHP's __construct and others that connect.
const connector =
  /PDO|mysqli|wpdb|sequelize|Client|SSH|Redis|Mongo|Memcache|SMTP|FTP|LDAP|Connection|Driver|imap|db\b|Api|Auth/i;
const signer = /jwt|crypt|hmac|cipher|client|search|sdk|init|configure/i;
const maxCalls = 64;

const argument =
  /\s{0,8}(?:\{\w{1,20}, ?)?(?:[bru@]?"([^"]{0,200})"?|[bru@]?'([^']{0,200})'?|([^\s"'(),[\]{}]{1,200})|[A-Za-z ][^,()]{0,60}(?:\([^()]{0,60}\))?|\{[^{}]{0,80}\}?|\[[^[\]]{0,80}\]?)(?:, ?\w{1,20}\}|\})?\s{0,8}([,)\]]|$)/y;

function argumentsFrom(text: string, from: number): Argument[] {
  const found: Argument[] = [];
  let at = from;
  for (let match = matchAt(argument, text, at); match !== null && found.length < 12;) {
    const said = match[1] ?? match[2] ?? match[3] ?? '';
    const start = at + match[0].indexOf(said);
    found.push({ start, end: start + said.length, isQuoted: match[3] === undefined && said !== '' });
    at += match[0].length;
    match = match[4] === ',' ? matchAt(argument, text, at) : null;
  }
  return found;
}

// settings.SECRET_KEY
const memberName = /^[A-Za-z_]{2,40}(?:\.[A-Za-z_]{2,40}){1,4}$/;

// A host, a path, a link or a word that people use about secrets.
function isPlace(said: string): boolean {
  const named = /^(\w{1,40})=/.exec(said)?.[1];
  return (
    isSpoken(said) ||
    (named !== undefined && kindOfName(named) === undefined) ||
    /^(?:[a-zA-Z]+:|\/|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}$|\{|\$2[aby]\$|[0-9a-f]{4,12}\.\.|cn=|uid=|CN=)/.test(
      said,
    )
  );
}

function isChosen(said: string): boolean {
  if (looksGenerated(said) || looksChosen(said)) return true;
  return isPasswordLike(said) && !(isIdentifier(said) && /[-_./:]/.test(said));
}

// Which of the arguments are secrets; without one that looks so, the one at the usual place.
function secretsOf(text: string, all: readonly Argument[], usual: Argument | undefined): Argument[] {
  const said = (one: Argument): string => text.slice(one.start, one.end).replace(/\.\.\.$/, '');
  const fit = all.filter(
    (one) =>
      said(one).length >= 3 &&
      !/\s/.test(said(one)) &&
      !isPlace(said(one)) &&
      !isPlaceholder(said(one)) &&
      (one.isQuoted || !memberName.test(said(one))),
  );
  const chosen = fit.filter((one) => isChosen(said(one)));
  if (chosen.length > 0) return chosen;
  return fit.filter((one) => one === usual && one.isQuoted && !/^[A-Z][A-Z_]+$/.test(said(one)));
}

// setPassword, password_verify, withToken, auth
function takesSecret(name: string): boolean {
  const kind = kindOfName(name.replace(/_?(?:verify|hash|check)$/i, ''));
  return (
    /^auth$|basic_?auth|(?:check|hash|verify|compare)_?pw/i.test(name) ||
    (kind !== undefined && kind !== 'faint' && kind !== 'bare')
  );
}

// By the name of the call: which arguments may be secrets, and which one is at the usual place.
type Pick = (
  all: readonly Argument[],
  name: string,
) => readonly [all: readonly Argument[], usual: Argument | undefined];

const picks: readonly (readonly [takes: (name: string, upTo: string) => boolean, pick: Pick])[] = [
  // args: ["user", "x"] of a command AUTH
  [(name, upTo) => name === '' && /auth|login|password|cred/i.test(upTo), (all) => [all, all.at(-1)]],
  [
    (name) => name !== '' && takesSecret(name),
    (all, name) => {
      const quoted = all.filter(({ isQuoted }) => isQuoted);
      return [
        all,
        quoted.length <= 2 || /credential/i.test(name)
          ? quoted.at(/check|verify|compare/i.test(name) ? 0 : -1)
          : undefined,
      ];
    },
  ],
  [(name) => logsIn.test(name), (all) => [all.slice(1), all.slice(1).at(-1)]],
  [(name, upTo) => connects.test(name) && connector.test(upTo), (all) => [all.slice(1), all[2]]],
  [(name) => connects.test(name), (all) => (all.length > 2 ? [all.slice(1), all[2]] : [[], undefined])],
  [(name, upTo) => signs.test(name) && signer.test(upTo), (all) => [all.filter(isLong), undefined]],
  // Whatever a frame of a trace shows: App->create('x'), Some::thing('x')
  [(_, upTo) => /(?:->|::)\w+\($/.test(upTo), (all) => [all, undefined]],
];
const isLong = ({ start, end }: Argument): boolean => end - start >= 12;

// `name` is '' for a list of arguments; `from` is where the first of them begins.
function secretArguments(text: string, name: string, from: number): Argument[] {
  const upTo = text.slice(Math.max(0, from - 80), from);
  const pick = picks.find(([takes]) => takes(name, upTo))?.[1];
  if (pick === undefined) return [];
  const [all, usual] = pick(
    argumentsFrom(text, from + (/^\*?[[(]/.exec(text.slice(from, from + 2))?.[0].length ?? 0)),
    name,
  );
  const isAny = pick === picks.at(-1)?.[1];
  return secretsOf(
    text,
    isAny
      ? all.filter(
          (one) =>
            one.isQuoted && isUnlikeWords(text.slice(one.start, one.end).replace(/^[\w.-]{1,40}:/, '')),
        )
      : all,
    usual,
  );
}

/** Secrets among the arguments of calls, as stack traces and program text show them. */
export const callArguments: SpanRule = ({ text }) => {
  const found: Argument[] = [];
  let open = text.indexOf('(');
  for (let calls = 0; open >= 0 && calls < maxCalls; open = text.indexOf('(', open + 1), calls += 1) {
    const name = callee.exec(text.slice(Math.max(0, open - 80), open))?.[0];
    if (name !== undefined) found.push(...secretArguments(text, name, open + 1));
  }
  if (/(?:args|params|auth|creds?|credentials?|login)["']?\s?[:=]/.test(text))
    for (const { 0: head, index } of Array.from(text.matchAll(list)).slice(0, maxCalls))
      found.push(...secretArguments(text, '', index + head.length));
  return found.map(({ start, end }) => ({ start, end, rule: 'password' }));
};
