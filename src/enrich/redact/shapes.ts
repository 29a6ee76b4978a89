import { withoutEnd } from './runs.ts';
import type { Mask } from './marker.ts';
import { maskShapeRows, type ShapeRow } from './shape-row.ts';
import { isPasswordLike, isTokenLike } from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

// Printable Latin-1, and the NUL and SOH that SASL puts between its parts.
function isPrintable(code: number): boolean {
  return code <= 1 || (code >= 0x20 && code <= 0x7e) || code >= 0xa0;
}

/** The text behind base64, or '' when it is none or not printable. */
function decoded(text: string): string {
  const encoded = withoutEnd(text, '=').replaceAll('-', '+').replaceAll('_', '/');
  if (encoded.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(encoded)) return '';
  const plain = atob(encoded);
  return Array.from(plain).every((char) => isPrintable(char.charCodeAt(0))) ? plain : '';
}

function isUserAndPassword(text: string): boolean {
  return text.length >= 4 && decoded(text).includes(':');
}

function isBearer(text: string): boolean {
  return !isSpoken(text) && (isTokenLike(text, 8) || (text.length >= 24 && /[A-Z0-9]/.test(text)));
}

/** In the order in which they run. */
export const shapes: readonly ShapeRow[] = [
  // RFC 7519 and 7516: base64url of a JSON object, a dot, more of the same; also cut off or without a dot when it is
  // the header of a token that begins as all of them do.
  { rule: 'jwt', hint: /eyJ/, shape: /(^|\\[nrt]|[^\w-])(eyJ[\w-]{6,}\.[\w-]*(?:\.[\w-]*){0,3})/g },
  {
    rule: 'jwt',
    hint: /eyJ/,
    shape: /(^|\\[nrt]|[^\w-])(eyJ(?:hbGciOi|0eXAiOi|raWQiOi|lbmMiOi|4NXQiOi)[\w-]{8,})/g,
  },
  {
    rule: 'docker-auth',
    hint: /eyJhdXRocyI6|ewogICJhdXRocyI6|ewoJImF1dGhzI/,
    shape: /()((?:eyJhdXRocyI6|ewogICJhdXRocyI6|ewoJImF1dGhzI)[\w+/=-]*)/g,
  },
  {
    rule: 'docker-auth',
    hint: /auth/i,
    shape: /(\bauth\\{0,4}["']\s{0,4}:\s{0,4}\\{0,4}["'])([A-Za-z0-9+/=]{4,})/gi,
    accepts: isUserAndPassword,
  },
  {
    rule: 'authorization',
    hint: /bearer/i,
    shape: /(\bbearer(?:[\s:=]|%20|\+|\\{0,4}["']){1,4})([A-Za-z0-9._~+/-]{8,}=*)/gi,
    accepts: isBearer,
  },
  {
    rule: 'authorization',
    hint: /basic/i,
    shape: /(\bbasic(?:[\s:=]|%20|\+){1,4})([A-Za-z0-9+/_-]{4,}=*)/gi,
    accepts: isUserAndPassword,
  },
  // RFC 4954 and 3501: SASL PLAIN is base64 of NUL user NUL password.
  {
    rule: 'authorization',
    hint: /AUTH|AUTHENTICATE|auth /,
    shape:
      /(\bAUTH(?:ENTICATE)?\s{1,4}(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5|NTLM|GSSAPI)\s{1,4})([A-Za-z0-9+/=]{4,})/gi,
  },
  {
    rule: 'password',
    hint: /AUTH/,
    shape: /((?:^|[>$\]]\s)AUTH\s{1,4}(?:[\w.-]{1,64}\s{1,4})?["']?)([^\s"']{4,})(["']?)$/g,
    accepts: (text) => !isSpoken(text) && !/^(?:PLAIN|LOGIN|TLS|SSL)$/.test(text),
  },
  {
    rule: 'password',
    hint: /PASS/,
    shape: /((?:^|[>:]\s|--> )PASS\s)(\S{3,})$/g,
    accepts: (text) => !isSpoken(text) && !/^[(\d]/.test(text),
  },
  // SQL: IDENTIFIED BY 'x', WITH PASSWORD 'x', PASSWORD('x')
  {
    rule: 'password',
    hint: /identified/i,
    shape:
      /(\bIDENTIFIED\s{1,4}(?:WITH\s{1,4}\S{1,64}\s{1,4})?BY\s{1,4}(?:PASSWORD\s{1,4})?\\{0,4}["']?)([^\s"';\\]+)/gi,
  },
  { rule: 'password', hint: /password\s?\(/i, shape: /(\bPASSWORD\s?\(\s?\\{0,4}["'])([^"'\\]+)/gi },
  {
    rule: 'password',
    hint: /SET PASSWORD|PRAGMA|community|auth-pass|SecureString/i,
    shape:
      /(\bSET PASSWORD FOR [^=]{1,100}=\s{0,4}["']|\bPRAGMA (?:re)?key\s{0,4}=\s{0,4}["']|\bsnmp-server community |\bauth-pass \S{1,64} |SecureString (?:-String )?["'])([^\s"']+)/gi,
  },
  // First starts of MySQL, Elasticsearch, Jenkins: "a temporary password is generated for root@localhost: x"
  {
    rule: 'password',
    hint: /password /i,
    shape: /(\bpassword [^:=]{1,100}:\s)(\S{8,})/gi,
    accepts: (text) => isTokenLike(text, 8) || isPasswordLike(text),
  },
  {
    rule: 'password',
    hint: /password for/i,
    shape:
      /(\bpassword for [\w@.-]{1,60}(?: user)? (?:has been |was |is |set |changed )?(?:re)?(?:set |changed )?(?:to )?["']?)([^\s"']{6,})/gi,
    accepts: isPasswordLike,
  },
  {
    rule: 'password',
    hint: / is (?:the|your|a) /,
    shape:
      /((?:^|\s)["']?)([^\s"']{6,64})(["']? is (?:the|your|a) [a-z ]{0,30}(?:password|token|secret|key)\b)/g,
    accepts: isPasswordLike,
  },
  { rule: 'password', hint: /LoginModule/, shape: /(\buser_\w{1,64}=\\{0,4}["'])([^"'\\]+)/g },
  // crypt(3), PHC strings, LDAP and framework hashes
  { rule: 'password-hash', hint: /\$2/, shape: /()(\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{20,})/g },
  {
    rule: 'password-hash',
    hint: /\$/,
    shape:
      /()(\$(?:argon2(?:id|i|d)|scrypt|pbkdf2[\w-]{0,16}|[156y]|7|gy|apr1|sha1|md5|bcrypt[\w-]{0,16})\$[\w./+=,$-]{12,})/g,
  },
  {
    rule: 'password-hash',
    hint: /\{/,
    shape: /(\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[\w-]{0,10}|ARGON2|BCRYPT)\})([\w./+=$,-]{8,})/gi,
  },
  { rule: 'password-hash', hint: /SCRAM-SHA/, shape: /()(SCRAM-SHA-(?:1|256|512)\$[\w+/=:$]{16,})/g },
  {
    rule: 'password-hash',
    hint: /pbkdf2|scrypt|bcrypt_sha256|argon2/,
    shape: /()(\b(?:pbkdf2(?:_sha\d{1,3}|:sha\d{1,3})|scrypt|bcrypt_sha256|argon2)[$:][\w./+=:,$-]{16,})/g,
  },
  // AWS Signature Version 4 and relatives in a header or canonical request
  {
    rule: 'authorization',
    hint: /Signature=|signature=/,
    shape: /(\bSignature=\\{0,4}["']?)([A-Za-z0-9+/%_-]{20,}=*)/gi,
  },
  {
    rule: 'authorization',
    hint: /oauth_signature|response=/,
    shape: /(\b(?:oauth_signature|response)=\\{0,4}["'])([\w+/%=-]{16,})/gi,
  },
  {
    rule: 'authorization',
    hint: /token token=/i,
    shape: /(\btoken token=\\{0,4}["']?)([^\s"'\\,]{6,})/gi,
  },
];

// One look for all rows; most lines end here.
const anyShape =
  /eyJ|ewo|bearer|basic|auth|pass|token|secret|key|LoginModule|pragma|community|secure|identified|[${]|scram|crypt|pbkdf|argon|signature=|response=|token token/i;

/** Masks secrets that have a shape of their own: JWT, credentials of authentication schemes, SQL passwords, hashes. */
export function maskShapes(line: string, mask: Mask): string {
  return anyShape.test(line) ? maskShapeRows(line, shapes, mask) : line;
}
