import { withoutEnd } from './runs.ts';
import { createShapeRule, type ShapeRow } from './shape-row.ts';
import { isPassphrase, isPasswordLike, isScrambled, isTokenLike } from './token-shape.ts';
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
  if (isSpoken(text)) return false;
  if (isTokenLike(text, 8) || (text.length >= 24 && /[A-Z0-9]/.test(text))) return true;
  return text.length >= 16 && /^[A-Za-z]*[0-9][A-Za-z0-9]*$/.test(text);
}

function isChosenSecret(text: string): boolean {
  return isTokenLike(text, 8) || isPasswordLike(text) || isPassphrase(text) || isScrambled(text);
}

/** In the order in which they run. */
export const shapes: readonly ShapeRow[] = [
  // RFC 7519 and 7516: base64url of a JSON object, a dot, more of the same; also cut off or without a dot when it is
  // the header of a token that begins as all of them do.
  { rule: 'jwt', hint: ['eyj'], shape: /(^|\\[nrt]|[^\w-])(eyJ[\w-]{6,}\.[\w-]*(?:\.[\w-]*){0,3})/g },
  {
    rule: 'jwt',
    hint: ['eyj'],
    shape: /(^|\\[nrt]|[^\w-])(eyJ(?:hbGciOi|0eXAiOi|raWQiOi|lbmMiOi|4NXQiOi)[\w-]{8,})/g,
  },
  {
    rule: 'docker-auth',
    hint: ['eyjhdxrocyi6', 'ewogicjhdxrocyi6', 'ewojimf1dghzi'],
    shape: /()((?:eyJhdXRocyI6|ewogICJhdXRocyI6|ewoJImF1dGhzI)[\w+/=-]*)/g,
  },
  {
    rule: 'docker-auth',
    hint: ['auth"', "auth'", 'auth\\\\'],
    shape: /(\bauth\\{0,4}["']\s{0,4}:\s{0,4}\\{0,4}["'])([A-Za-z0-9+/=]{4,})/gi,
    accepts: isUserAndPassword,
  },
  {
    rule: 'authorization',
    hint: ['bearer'],
    shape: /(\bbearer(?:[\s:=]|%20|\+|\\{0,4}["']){1,4})([A-Za-z0-9._~+/-]{8,}=*)/gi,
    accepts: isBearer,
  },
  {
    rule: 'authorization',
    hint: ['basic'],
    shape: /(\bbasic(?:[\s:=]|%20|\+){1,4})([A-Za-z0-9+/_-]{4,}=*)/gi,
    accepts: isUserAndPassword,
  },
  // The server asks "Password:" in base64, and the client answers.
  {
    rule: 'password',
    hint: ['ugfzc3dvcmq6'],
    shape: /(UGFzc3dvcmQ6[^A-Za-z0-9]{1,6}(?:C:|send:)[ '"]{1,3})([A-Za-z0-9+/]{4,}={0,2})/g,
  },
  // a001 LOGIN alice "x": IMAP
  {
    rule: 'password',
    hint: [' login '],
    shape: /((?:^|[>:]\s)[A-Za-z]{0,4}\d{1,6} LOGIN ["']?[^\s"']{1,64}["']? ["']?)([^\s"']{4,128})/g,
  },
  // RFC 4954 and 3501: SASL PLAIN is base64 of NUL user NUL password.
  {
    rule: 'authorization',
    hint: ['auth ', 'authenticate '],
    shape:
      /(\bAUTH(?:ENTICATE)?\s{1,4}(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5|NTLM|GSSAPI)\s{1,4})([A-Za-z0-9+/=]{4,})/gi,
  },
  {
    rule: 'password',
    hint: ['auth '],
    shape: /((?:^|[>$\]]\s|\bHELLO \d )AUTH\s{1,4}(?:[\w.-]{1,64}\s{1,4})?["']?)([^\s"']{4,})(["']?)$/g,
    accepts: (text) => !isSpoken(text) && !/^(?:PLAIN|LOGIN|TLS|SSL)$/.test(text),
  },
  // FTP and POP3: behind an arrow all, at the start of a line only what looks chosen (test runners print PASS, too)
  {
    rule: 'password',
    hint: ['pass '],
    shape: /((?:[>:]\s|--> |\bUSER \S{1,64} )PASS\s)(\S{3,})$/g,
    accepts: (text) => !isSpoken(text) && !/^[(\d]/.test(text),
  },
  {
    rule: 'password',
    hint: ['pass '],
    shape: /(^PASS\s)(\S{6,})$/g,
    accepts: (text) => isPasswordLike(text) && !/[/:]|\.[a-z]{1,4}$/.test(text),
  },
  // SQL: IDENTIFIED BY 'x', WITH PASSWORD 'x', PASSWORD('x')
  // Unquoted only behind a statement: prose says "identified by the name".
  {
    rule: 'password',
    hint: ['identified'],
    shape:
      /(\bIDENTIFIED\s{1,4}(?:WITH\s{1,4}\S{1,64}\s{1,4})?BY\s{1,4}(?:PASSWORD\s{1,4})?\\{0,4}["'])([^\s"';\\]+)/gi,
  },
  {
    rule: 'password',
    hint: ['identified'],
    shape:
      /(\b(?:USER|ROLE|GRANT)\b.{1,200}\bIDENTIFIED\s{1,4}(?:WITH\s{1,4}\S{1,64}\s{1,4})?BY\s{1,4}(?:PASSWORD\s{1,4})?)([^\s"'`;\\]+)/gi,
    accepts: (text) => !isSpoken(text),
  },
  {
    rule: 'password',
    hint: ['password(', 'password ('],
    shape: /(\bPASSWORD\s?\(\s?\\{0,4}["'])([^"'\\]+)/gi,
  },
  {
    rule: 'password',
    hint: ['set password', 'pragma', 'community', 'auth-pass', 'securestring'],
    shape:
      /(\bSET PASSWORD FOR [^=]{1,100}=\s{0,4}["']|\bPRAGMA (?:re)?key\s{0,4}=\s{0,4}["']|\bsnmp-server community |\bauth-pass \S{1,64} |SecureString (?:-String )?["'])([^\s"']+)/gi,
  },
  // First starts of MySQL, Elasticsearch, Jenkins: "a temporary password is generated for root@localhost: x"
  {
    rule: 'password',
    hint: ['password ', 'passwort ', 'mot de passe ', 'contraseña ', 'senha ', 'wachtwoord '],
    shape: /(\b(?:passwor[dt]|mot de passe|contraseña|senha|wachtwoord) [^:=]{1,100}:\s)(\S{8,})/gi,
    accepts: (text) => isChosenSecret(text) && !/password|hash/i.test(text),
  },
  // "a temporary password is generated for root@localhost: x", whatever x looks like
  {
    rule: 'password',
    hint: ['password '],
    shape:
      /(\b(?:temporary|initial|generated|one-time|new|default) password (?:(?:is|was|has been) )?(?:generated |created |set )?for [^:\s]{1,80}:\s)(\S{6,128})$/gi,
    accepts: (text) => !isSpoken(text),
  },
  // PASSWORD elastic = x, as Elasticsearch prints what it has set up
  { rule: 'password', hint: ['password '], shape: /(\bPASSWORD [\w.-]{1,40} = )(\S{6,128})/g },
  {
    rule: 'password',
    hint: ['password '],
    shape: /(\bpassword (?:changed|rotated|updated|reset) from ["']?)([^\s"']{6,128})/gi,
    accepts: isChosenSecret,
  },
  // expected secret x but got …
  {
    rule: 'password',
    hint: [' secret ', ' password '],
    shape: /(\b(?:expected|got|received|wrong|invalid) (?:secret|password) ["']?)([^\s"',;]{6,128})/gi,
    accepts: (text) => /[^\w.:-]/.test(text.slice(0, -1)) && isPasswordLike(text),
  },
  // Join token for node a: x
  {
    rule: 'secret',
    hint: ['token for ', 'key for ', 'secret for '],
    shape: /(\b(?:token|secret|key) for [^:=]{1,60}:\s)([^\s"']{16,512})/gi,
    accepts: (text) => isTokenLike(text, 16) && !/^[0-9a-f]+$/.test(text),
  },
  {
    rule: 'password',
    hint: ['password for'],
    shape:
      /(\bpassword for [\w@.-]{1,60}(?: user)? (?:has been |was |is |set |changed )?(?:re)?(?:set |changed )?(?:to )?["']?)([^\s"']{6,})/gi,
    accepts: (text) => isPasswordLike(text) || isPassphrase(text),
  },
  {
    rule: 'password',
    hint: [' is the ', ' is your ', ' is a '],
    shape:
      /((?:^|\s)["']?)([^\s"']{6,64})(["']? is (?:the|your|a) [a-z ]{0,30}(?:password|token|secret|key)\b)/g,
    accepts: (text) => /\d/.test(text) && isPasswordLike(text),
  },
  { rule: 'password', hint: ['loginmodule'], shape: /(\buser_\w{1,64}=\\{0,4}["'])([^"'\\]+)/g },
  // crypt(3), PHC strings, LDAP and framework hashes
  { rule: 'password-hash', hint: ['$2'], shape: /()(\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{20,})/g },
  {
    rule: 'password-hash',
    hint: [
      '$argon2',
      '$scrypt',
      '$pbkdf2',
      '$1$',
      '$5$',
      '$6$',
      '$y$',
      '$7$',
      '$gy$',
      '$apr1$',
      '$sha1$',
      '$md5',
      '$bcrypt',
    ],
    shape:
      /()(\$(?:argon2(?:id|i|d)|scrypt|pbkdf2[\w-]{0,16}|[156y]|7|gy|apr1|sha1|md5|bcrypt[\w-]{0,16})\$[\w./+=,$-]{12,})/g,
  },
  {
    rule: 'password-hash',
    hint: ['{sha', '{ssha', '{smd5', '{md5', '{crypt', '{pbkdf2', '{argon2', '{bcrypt'],
    shape: /(\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[\w-]{0,10}|ARGON2|BCRYPT)\})([\w./+=$,-]{8,})/gi,
  },
  { rule: 'password-hash', hint: ['md5'], shape: /(^|[^\w-])(md5[0-9a-f]{32})\b/g },
  {
    rule: 'password',
    hint: ['{plain', '{clear'],
    shape: /(\{(?:PLAIN|CLEAR|CLEARTEXT)\})([^\s:"']{3,128})/g,
  },
  { rule: 'password-hash', hint: ['scram-sha'], shape: /()(SCRAM-SHA-(?:1|256|512)\$[\w+/=:$]{16,})/g },
  {
    rule: 'password-hash',
    hint: ['pbkdf2', 'scrypt', 'bcrypt_sha256', 'argon2'],
    shape: /()(\b(?:pbkdf2(?:_sha\d{1,3}|:sha\d{1,3})|scrypt|bcrypt_sha256|argon2)[$:][\w./+=:,$-]{16,})/g,
  },
  // AWS Signature Version 4 and relatives in a header or canonical request
  {
    rule: 'authorization',
    hint: ['signature='],
    shape: /(\bSignature=\\{0,4}["']?)([A-Za-z0-9+/%_-]{20,}=*)/gi,
  },
  {
    rule: 'authorization',
    hint: ['oauth_signature', 'response='],
    shape: /(\b(?:oauth_signature=\\{0,4}["']?|response=\\{0,4}["']))([\w+/%=-]{16,})/gi,
  },
  {
    rule: 'authorization',
    hint: ['token token='],
    shape: /(\btoken token=\\{0,4}["']?)([^\s"'\\,]{6,})/gi,
  },
];

/** Masks secrets that have a shape of their own: JWT, credentials of authentication schemes, SQL passwords, hashes. */
export const maskShapes = createShapeRule(shapes);
