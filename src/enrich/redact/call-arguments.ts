import { createShapeRule, type ShapeRow } from './shape-row.ts';
import { isTokenLike } from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

// Calls whose last quoted argument is a secret, whatever it looks like: their names say that they take credentials.
const quoted = String.raw`(?:["'][^"']{0,200}["']|[\w.$]{1,60}),\s{0,4}`;
// The last of two to four: credentials("user", "x").
const credentialCall = new RegExp(
  String.raw`((?:[Cc]redentials?|BasicAuth(?:entication)?|PlainTextAuthProvider|UsernamePassword\w{0,20}|\bauth=|simple_bind(?:_s)?|\bdb\.auth|\blogin|\bauthenticate|set_auth|setAuth|basic_auth)\((?:${quoted}){1,3}["'])([^"'\s]{3,200})(["']\s?\))`,
  'g',
);
// The third: connect("source", "user", "x").
const connectCall = new RegExp(
  String.raw`((?:PlainAuth|PDO->__construct|getConnection|[A-Za-z]{0,16}_?connect|(?:ftp|ssh2_auth|ldap|imap|oci)_(?:open|login|password|bind))\((?:${quoted}){2}["'])([^"'\s]{3,200})(["'])`,
  'g',
);

// A host, a path or a link in the place of a password.
function isNoPlace(text: string): boolean {
  return !isSpoken(text) && !/^(?:[a-z]+:|\/|[\w-]+\.[\w.-]+$)/.test(text);
}

/** Credentials among the arguments of a call. */
export const argumentRows: readonly ShapeRow[] = [
  {
    rule: 'password',
    hint: ['pgp_sym_'],
    shape: /(\bpgp_sym_(?:en|de)crypt\([^()']{1,200},\s?')([^']{4,200})(')/gi,
  },
  {
    rule: 'password',
    hint: ['("', "('"],
    shape: credentialCall,
    accepts: isNoPlace,
  },
  { rule: 'password', hint: ['("', "('"], shape: connectCall, accepts: isNoPlace },
  // jwt.sign(claims, "x"), createHmac("sha256", "x")
  {
    rule: 'secret',
    hint: ['jwt.', 'hmac('],
    shape:
      /((?:\bjwt\.(?:sign|verify|encode|decode)\((?:[\w.$]{1,60}|\{[^{}]{0,200}\}),\s?|Hmac\(["'][\w-]{3,12}["'],\s?)["'])([^"'\s]{6,512})(["'])/g,
    accepts: isNoPlace,
  },
  // new Client('application', '<key>')
  {
    rule: 'secret',
    hint: ['client(', 'search(', 'sdk(', 'init(', 'configure('],
    shape:
      /((?:[Cc]lient|search|[Ss]dk|\binit|configure)\((?:["'][^"']{0,120}["'],\s?){0,2}["'])([^"'\s]{20,200})(["'])/g,
    accepts: (text) => isTokenLike(text, 20) || /^[0-9a-f]{32,64}$/.test(text),
  },
];

/** Masks secrets among the arguments of calls. */
export const maskArguments = createShapeRule(argumentRows);
