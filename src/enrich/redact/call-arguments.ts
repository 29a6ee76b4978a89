import { createShapeRule, type ShapeRow } from './shape-row.ts';
import { isTokenLike } from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

// Calls whose last quoted argument is a secret, whatever it looks like: their names say that they take credentials.
const quoted = String.raw`(?:["'][^"']{0,200}["']|[\w.$]{1,60}),\s{0,4}`;
const credentialCall = new RegExp(
  String.raw`((?:[Cc]redentials?|BasicAuth(?:entication)?|PlainAuth|PlainTextAuthProvider|UsernamePassword\w{0,20}|PDO->__construct|getConnection|mysqli?(?:_real)?_connect|(?:pg|ftp|ssh2_auth|ldap|imap|oci)_(?:open|login|password|bind|connect)|\bauth=|\blogin|\bauthenticate|set_auth|setAuth|basic_auth)\((?:${quoted}){1,3}["'])([^"'\s]{3,200})(["'])`,
  'g',
);

/** Credentials among the arguments of a call. */
export const argumentRows: readonly ShapeRow[] = [
  {
    rule: 'password',
    hint: ['("', "('"],
    shape: credentialCall,
    accepts: (text) => !isSpoken(text) && !/^(?:[a-z]+:|\/|[\w-]+\.[\w.-]+$)/.test(text),
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
