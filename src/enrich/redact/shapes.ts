import { isPlaceholder, type Mask, type RuleName } from './marker.ts';
import { isTokenLike } from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

/** A secret with a shape of its own. `hint` is a cheap test that spares most lines the expression. */
interface Shape {
  readonly rule: RuleName;
  readonly hint: (line: string) => boolean;
  /** Group 1 is kept, group 2 is the secret, group 3 (if any) is kept. */
  readonly shape: RegExp;
  /** A last look at the secret; without it every match counts. */
  readonly accepts?: (secret: string) => boolean;
}

const has =
  (...parts: readonly string[]) =>
  (line: string): boolean =>
    parts.some((part) => line.includes(part));

const matches =
  (pattern: RegExp) =>
  (line: string): boolean =>
    pattern.test(line);

/** The text behind base64, or '' when it is none or not printable. */
function decoded(text: string): string {
  try {
    const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, ''));
    return /^[\u0000\u0001\u0020-\u007e\u00a0-\u00ff]*$/.test(plain) ? plain : '';
  } catch {
    return '';
  }
}

function isUserAndPassword(text: string): boolean {
  return text.length >= 4 && decoded(text).includes(':');
}

function isBearer(text: string): boolean {
  return !isSpoken(text) && (isTokenLike(text, 8) || (text.length >= 24 && /[A-Z0-9]/.test(text)));
}

/** In the order in which they run. */
export const shapes: readonly Shape[] = [
  // RFC 7519 and 7516: base64url of a JSON object, a dot, more of the same; also cut off or without a dot when it is
  // the header of a token that begins as all of them do.
  { rule: 'jwt', hint: has('eyJ'), shape: /((?:^|[^A-Za-z0-9]))(eyJ[\w-]{6,}\.[\w-]*(?:\.[\w-]*){0,3})/g },
  { rule: 'jwt', hint: has('eyJ'), shape: /((?:^|[^A-Za-z0-9]))(eyJ(?:hbGciOi|0eXAiOi|raWQiOi|lbmMiOi|4NXQiOi)[\w-]{8,})/g },
  { rule: 'docker-auth', hint: has('eyJhdXRocyI6', 'ewogICJhdXRocyI6', 'ewoJImF1dGhzI'), shape: /()((?:eyJhdXRocyI6|ewogICJhdXRocyI6|ewoJImF1dGhzI)[\w+/=-]*)/g },
  { rule: 'docker-auth', hint: matches(/auth/i), shape: /(\bauth\\{0,4}["']\s{0,4}:\s{0,4}\\{0,4}["'])([A-Za-z0-9+/=]{4,})/gi, accepts: isUserAndPassword },
  { rule: 'authorization', hint: matches(/bearer/i), shape: /(\bbearer(?:[\s:=]|%20|\+|\\{0,4}["']){1,4})([A-Za-z0-9._~+/-]{8,}=*)/gi, accepts: isBearer },
  { rule: 'authorization', hint: matches(/basic/i), shape: /(\bbasic(?:[\s:=]|%20|\+){1,4})([A-Za-z0-9+/_-]{4,}=*)/gi, accepts: isUserAndPassword },
  // RFC 4954 and 3501: SASL PLAIN is base64 of NUL user NUL password.
  { rule: 'authorization', hint: has('AUTH', 'AUTHENTICATE', 'auth '), shape: /(\bAUTH(?:ENTICATE)?\s+(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5|NTLM|GSSAPI)\s+)([A-Za-z0-9+/=]{4,})/gi },
  { rule: 'password', hint: has('AUTH'), shape: /((?:^|[>$]\s)AUTH\s+(?:[\w.-]{1,64}\s+)?["']?)([^\s"']{4,})(["']?)$/g, accepts: (text) => !isSpoken(text) && !/^(?:PLAIN|LOGIN|TLS|SSL)$/.test(text) },
  { rule: 'password', hint: has('PASS'), shape: /((?:^|[>:]\s|--> )PASS\s)(\S{3,})$/g, accepts: (text) => !isSpoken(text) && !/^[(\d]/.test(text) },
  // SQL: IDENTIFIED BY 'x', WITH PASSWORD 'x', PASSWORD('x')
  { rule: 'password', hint: matches(/identified/i), shape: /(\bIDENTIFIED\s+(?:WITH\s+\S{1,64}\s+)?(?:BY|AS)\s+(?:PASSWORD\s+)?\\{0,4}["']?)([^\s"';\\]+)/gi },
  { rule: 'password', hint: matches(/password\s?\(/i), shape: /(\bPASSWORD\s?\(\s?\\{0,4}["'])([^"'\\]+)/gi },
  // MySQL's first start, and the like: "temporary password is generated for root@localhost: x"
  { rule: 'password', hint: matches(/password/i), shape: /(\bpassword\b[a-z ]{0,40}\bfor\b[^:=]{1,60}\b(?:is|to)?\s?:\s)(\S{6,})/gi, accepts: (text) => !isSpoken(text) && /[^a-z.]/.test(text) && !text.includes('/') },
  // crypt(3), PHC strings, LDAP and framework hashes
  { rule: 'password-hash', hint: has('$2'), shape: /()(\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{20,})/g },
  { rule: 'password-hash', hint: has('$'), shape: /()(\$(?:argon2(?:id|i|d)|scrypt|pbkdf2[\w-]{0,16}|[156y]|7|gy|apr1|sha1|md5|bcrypt[\w-]{0,16})\$[\w./+=,$-]{12,})/g },
  { rule: 'password-hash', hint: has('{'), shape: /(\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[\w-]{0,10}|ARGON2|BCRYPT)\})([\w./+=$,-]{8,})/gi },
  { rule: 'password-hash', hint: has('SCRAM-SHA'), shape: /()(SCRAM-SHA-(?:1|256|512)\$[\w+/=:$]{16,})/g },
  { rule: 'password-hash', hint: has('pbkdf2', 'scrypt', 'bcrypt_sha256', 'argon2'), shape: /()(\b(?:pbkdf2(?:_sha\d{1,3}|:sha\d{1,3})|scrypt|bcrypt_sha256|argon2)[$:][\w./+=:,$-]{16,})/g },
  // AWS Signature Version 4 and relatives in a header or canonical request
  { rule: 'authorization', hint: has('Signature=', 'signature='), shape: /(\bSignature=\\{0,4}["']?)([A-Za-z0-9+/%_-]{20,}=*)/gi },
  { rule: 'authorization', hint: has('oauth_signature', 'response='), shape: /(\b(?:oauth_signature|response)=\\{0,4}["'])([\w+/%=-]{16,})/gi },
  { rule: 'authorization', hint: matches(/token token=/i), shape: /(\btoken token=\\{0,4}["']?)([^\s"'\\,]{6,})/gi },
];

/** Masks secrets that have a shape of their own: JWT, credentials of authentication schemes, SQL passwords, hashes. */
export function maskShapes(line: string, mask: Mask): string {
  let result = line;
  for (const { rule, hint, shape, accepts } of shapes) {
    if (!hint(result)) continue;
    result = result.replace(shape, (all: string, kept: string, secret: string, after?: unknown) => {
      if (isPlaceholder(secret) || accepts?.(secret) === false) return all;
      return kept + mask(rule) + (typeof after === 'string' ? after : '');
    });
  }
  return result;
}
