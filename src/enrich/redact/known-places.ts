import { createShapeRule, type ShapeRow } from './shape-row.ts';
import { isPassphrase, isPasswordLike, isTokenLike, isUuid } from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

/** Secrets that their place alone tells: files and directives of programs, links, codes, keys without armour. */
export const placeRows: readonly ShapeRow[] = [
  // ACL SETUSER app on >password
  {
    rule: 'password',
    hint: ['acl setuser', 'user '],
    shape: /((?:\bsetuser|^user)\s[\w.-]{1,64}\s(?:[^\s>#]{1,64}\s){0,8}[>#])([^\s"']{3,200})/gi,
  },
  // Default credentials: admin / x
  {
    rule: 'password',
    hint: ['credential'],
    shape: /(\bcredentials?\b[\w ]{0,24}[:=] ?[\w.@-]{1,64} ?\/ ?)([^\s"'/]{4,128})/gi,
    accepts: (text) => !isSpoken(text),
  },
  {
    rule: 'password',
    hint: ['credential'],
    shape: /(\bcredentials? [\w.@-]{1,64}\/)([^\s"'/]{6,128})/gi,
    accepts: (text) => isPasswordLike(text) || isPassphrase(text),
  },
  // haproxy, ZooKeeper, squid: user:password behind a directive
  {
    rule: 'password',
    hint: ['stats auth', 'addauth digest', 'login='],
    shape: /(\b(?:stats auth|addauth digest|login=)\s?[\w.@-]{1,64}:)([^\s"']{3,128})/g,
  },
  // Cisco, haproxy: directives that separate by blanks
  {
    rule: 'password',
    hint: ['server key', 'insecure-password', 'neighbor', 'username '],
    shape:
      /((?:\b(?:(?:tacacs|radius)-server key|insecure-password|neighbor [\da-f.:]{1,64} password)|^\s{0,8}username \S{1,64} (?:privilege \d{1,2} )?(?:password|secret))\s(?:\d\s)?)(\S{3,128})/g,
    accepts: (text) => !isSpoken(text),
  },
  // Consul, Nomad, Serf: the key of the gossip
  {
    rule: 'secret',
    hint: ['encrypt'],
    shape: /(\bencrypt["']?\s{0,4}[:=]\s{0,4}["']?)([A-Za-z0-9+/]{22,44}={0,2})/g,
  },
  // Commands of build services
  {
    rule: 'secret',
    hint: ['::add-mask', '::set-output'],
    shape: /(::add-mask::|::set-output name=\w{0,40}(?:token|secret|password|key)\w{0,20}::)(\S{4,512})/gi,
  },
  // One-time codes
  {
    rule: 'code',
    hint: ['code', 'otp'],
    shape:
      /(\b(?:(?:verification|one-time|security|confirmation|backup|recovery|sign-in|login|auth|authentication|2fa|mfa) (?:pass)?code|otp|passcode)(?: for [\w@. -]{1,40})?(?: is)?[: ]{1,2}["']?)(\d{4,10}|\d{1,5}[0-9a-z]{0,5}-[0-9a-z]{4,6})\b/gi,
  },
  {
    rule: 'code',
    hint: [' is your '],
    shape: /(^|[\s"'>])(\d{4,10})( is your [\w -]{0,40}code\b)/gi,
  },
  // XXXXX-XXXXX-XXXXX-XXXXX
  {
    rule: 'secret',
    hint: ['license', 'licence', 'product', 'activation', 'serial'],
    shape:
      /(\b(?:licen[cs]e|product|activation|serial)[ _-]?(?:key|code|number)?(?: is)?[:= ]{1,3}["']?)([A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){3,7})\b/gi,
  },
  // PKCS#12 and encrypted PKCS#8 on one line
  {
    rule: 'private-key',
    hint: ['mii'],
    shape: /()(MI[A-Za-z0-9+/]{4,6}(?:IBAzC|BgkqhkiG9w0BBQ)[A-Za-z0-9+/]{40,16384}={0,2})/g,
  },
  // A wallet's key for import
  {
    rule: 'private-key',
    hint: /[5KL][1-9A-HJ-NP-Za-km-z]{50}/,
    shape: /(^|[^A-Za-z0-9_+/-])([5KL][1-9A-HJ-NP-Za-km-z]{50,51})\b/g,
  },
  // CONNECT TO sample USER db2inst1 USING password
  {
    rule: 'password',
    hint: [' using '],
    shape: /(\buser\s{1,4}\S{1,64}\s{1,4}using\s{1,4}["']?)([^\s"';]{4,128})/gi,
  },
  // A JSON Web Key (RFC 7517): d, p, q, dp, dq, qi and k are private
  {
    rule: 'private-key',
    hint: ['kty'],
    shape: /(["'](?:d|p|q|dp|dq|qi|k)\\{0,4}["']\s?:\s?\\{0,4}["'])([\w-]{16,1400})/g,
  },
  // WIFI:S:name;T:WPA;P:x;;
  { rule: 'password', hint: ['wifi:'], shape: /(\bWIFI:(?:[^;:]:[^;]{0,64};){0,4}P:)([^;]{4,128})/g },
  // Laravel and Rails write keys so.
  { rule: 'secret', hint: ['base64:'], shape: /(["'=]base64:)([A-Za-z0-9+/]{43}=)/g },
  {
    rule: 'private-key',
    hint: ['private-lines'],
    shape: /(Private-Lines: \d{1,3} )([A-Za-z0-9+/= ]{20,4096})/g,
  },
  // Django: /reset/<user>/<token>
  {
    rule: 'secret',
    hint: ['/reset/', '/password/'],
    shape: /(\/(?:reset|password)\/[\w-]{1,16}\/)([0-9a-z]{1,13}-[0-9a-f]{20,64})\b/gi,
  },
  // Sumo Logic's collectors
  { rule: 'secret', hint: ['/receiver/v1/'], shape: /(\/receiver\/v1\/\w{2,8}\/)([\w+/=-]{40,200})/g },
  // ~/.pgpass: host:port:database:user:password
  {
    rule: 'password',
    hint: /:(?:\d{2,5}|\*):/,
    shape: /(^[\w.*-]{1,128}:(?:\d{2,5}|\*):[\w*.-]{1,64}:[\w.@-]{1,64}:)([^\s:]{4,128})$/g,
    accepts: (text) => !/^[\d.]+$/.test(text),
  },
  {
    rule: 'password',
    hint: /["'][\w.*-]{1,128}:(?:\d{2,5}|\*):/,
    shape: /(["'][\w.*-]{1,128}:(?:\d{2,5}|\*):[\w*.-]{1,64}:[\w.@-]{1,64}:)([^\s:"']{4,128})(["'])/g,
    accepts: (text) => !/^[\d.]+$/.test(text),
  },
  // pwdump and secretsdump: user:id:LM hash:NT hash:::
  { rule: 'password-hash', hint: [':::'], shape: /(:[0-9a-fA-F]{32}:)([0-9a-fA-F]{32})(:::)/g },
  // Links whose path carries the token: /reset-password/<token>, /apikey/<token>
  {
    rule: 'secret',
    hint: /\/(?:api-?_?keys?|tokens?|reset|verify|confirm|activate|invit|magic|unsubscribe|auth|session|login|webhook|hooks?|callback|access)/i,
    shape:
      /(\/(?:api-?_?keys?|tokens?|reset|reset[-_]password|password[-_]reset|verify|verify[-_]email|confirm|activate|invites?|invitations?|magic|magic[-_]links?|unsubscribe|auth|sessions?|login|web-?hooks?|hooks?|callback|access)\/)([\w-]{20,512})/gi,
    accepts: (text) => isTokenLike(text, 20) && /[A-Z]/.test(text),
  },
  // A webhook's address is its secret.
  {
    rule: 'secret',
    hint: ['hook/', 'hooks/', '/t/'],
    shape: /(\bhttps?:\/\/[^\s"']{1,200}\/(?:web)?(?:hooks?|t)\/)([\w-]{20,512})/g,
    accepts: (text) => isTokenLike(text, 20) || isUuid(text.slice(-36)),
  },
  // The words of a wallet (BIP 39)
  {
    rule: 'secret',
    hint: ['seed', 'phrase', 'mnemonic', 'words'],
    shape: /(\b(?:seed|phrase|mnemonic|words)["']?\s?[:=]\s?["']?)((?:[a-z]{3,8} ){11,23}[a-z]{3,8})\b/gi,
  },
  {
    rule: 'secret',
    hint: ['phrase '],
    shape: /(\b(?:seed|recovery|mnemonic) phrase )((?:[a-z]{3,8} ){11,23}[a-z]{3,8})\b/gi,
  },
  { rule: 'password', hint: ['redis-cli'], shape: /(\bredis-cli\b[^|]{0,80}\bAUTH\s)([^\s"']{4,128})/gi },
  // Twilio: account:token
  { rule: 'secret', hint: /\bAC[0-9a-f]{32}:/, shape: /(\bAC[0-9a-f]{32}:)([0-9a-f]{32})\b/g },
  // "API key ending with …: <hexadecimal>"
  {
    rule: 'secret',
    hint: ['api key', 'api_key', 'apikey'],
    shape: /(\bapi[ _]?key\b[^:=\n]{1,40}[:=]\s)([0-9a-f]{32,64})\b/gi,
  },
  // .LOGON host/user,password
  { rule: 'password', hint: ['.logon '], shape: /(\.LOGON \S{1,128}\/[\w.-]{1,64},)([^\s;]{3,128})/gi },
  // coturn: user=name:password
  {
    rule: 'password',
    hint: ['user=', 'bundle_'],
    shape: /(\b(?:user|BUNDLE_\w{1,80})[=:] ?["']?[\w.-]{1,64}:)([^\s:@/"']{6,128})["']?$/g,
    accepts: isPasswordLike,
  },
  {
    rule: 'password',
    hint: ['createuser '],
    shape: /(\bcreateUser \S{1,64} (?:MD5|SHA[\w-]{0,6}) ["']?)([^\s"']{4,128})/g,
  },
  // user::domain:challenge:response, as tools print NTLM answers
  { rule: 'password-hash', hint: ['::'], shape: /(::[\w.-]{0,64}:[0-9a-f]{16}:)([0-9a-f]{32})(:)/gi },
  // The name of a live stream is its key.
  { rule: 'secret', hint: ['rtmp'], shape: /(\brtmps?:\/\/[^\s"'/]{1,128}\/[\w.-]{1,64}\/)([\w-]{12,128})/g },
  // Composer's and Kaggle's files
  {
    rule: 'secret',
    hint: ['"bearer', '-oauth', '-token'],
    shape:
      /(\b(?:bearer|[a-z]{2,12}-oauth|[a-z]{2,12}-token)\\{0,4}"\s?:\s?\{\s?\\{0,4}"[\w.-]{1,128}\\{0,4}"\s?:\s?\\{0,4}")([^"\\]{8,512})/g,
  },
  {
    rule: 'secret',
    hint: ['"key"'],
    shape: /("username"\s?:\s?"[^"]{1,64}"\s?,\s?"key"\s?:\s?")([^"]{16,128})/g,
  },
];

/** Masks secrets that their place alone tells. */
export const maskKnownPlaces = createShapeRule(placeRows);
