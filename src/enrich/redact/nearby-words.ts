/** The vocabulary of the neighbourhood; see `nearby.ts` for how it is used. */

/** Words that tell of a secret although, as names of fields, they stand for other things too. */
export const secretWord =
  /authorization|\bsess(?:ion)?[ _-]id\b|credential|\bcreds?\b|bearer|secrets|tokens|passw(?:or)?d[-_]file|keys?_?\b/gi;

/** Words of letting in and refusing: what a machine made is the credential there more often than not. */
export const authWord =
  /\b(?:40[13]|unauth(?:ori[sz]ed|enticated)|not authori[sz]ed|not (?:a )?valid|disabled|forbidden|expired|revoked|rejected|denied|authenticat\w{0,8}|authori[sz](?:e|ed|ation)|o?auth2?|log(?:in|on|ged in)|credentials?|creds|sign(?:ed|ing)?|quota|api|keystore|invalid|malformed|incorrect)\b/gi;

/** "Key" alone tells something only where keys are used. */
export const cryptic =
  /sign|ciph|crypt|hmac|jwt|\b[hr]s\d{3}\b|\baes\b|bytes|bits|length|\bpem\b|\btls\b|\bage\b|wireguard|\bwg\b/i;

/** What stands before a value that was refused, or that is told. */
export const refusal =
  /\b(?:40[13]|invalid|illegal|malformed|bad|wrong|incorrect|(?:un)?expected|unable|cannot|can't|could not|couldn't|fail(?:s|ed|ure)?|reject(?:ed|s)?|refused|denied|expired|revoked|must|should|too (?:short|long|common|weak)|does(?: not|n't)|not|unrecogni[sz]ed|unknown|exception|error|panic(?:ked)?|mismatch|forbidden|\w{1,20}NotMatch|refus(?:e|ed|ing)|too simple|unauthori[sz]ed|unmarshal|pars(?:e|ing)|converting|tried|says no)\b/i;

/** What stands right before a value that is shown. */
export const cue =
  /(?:\b(?:got|found|received|was|is|tried|supplied|provided|given|value|input|key|size|not|parsing|parse|unmarshal|!!str|number|string|\w{0,20}token|secret|passphrase|attempt|used|as|index \d{1,4}|supplied|actual)[:=]?|[:,])\s["'`[(]{0,2}$|\s[([]$/i;

/** What stands before a value that somebody gave and that was refused. */
export const shown =
  /\b(?:got|received|tried|supplied|provided|given|used|entered|with)[:=]?\s["'`[(]{0,2}$/i;

/** Members of a record that hold what was refused, whatever else is said of it. */
export const valueLabel =
  /(?:["'\s,{([]|^)(?:input(?:_value| was)?|[a-z]{0,20}value(?: (?:was|is))?|received|rejected_?value|rejected value|actual|got|given|found|data|supplied|presented|invalid_?value|current|previous|new|old|after|before|provided|contents?|integer|number)(?:["']?\s?[:=]\s?["']?[`[“]?|\s["'`[“])/gi;

/** Without one of these no such member stands in a line. */
export const labelHint =
  /valu|presen|input|recei|actual|got|give|found|data|suppl|curren|previ|new|old|after|before|provi|conten|integer|number/i;

/** Words before a name that say that no secret is meant: user 'x', secret "x", pod x. */
export const entity =
  /\b(?:users?|username|account|role|login|database|db|host|server|client|namespace|pod|container|image|volume|secrets?|configmap|serviceaccount|sa|node|file|path|bucket|table|column|schema|queue|topic|realm|registry|repository|chart|release|object|owner|group|session|app|id|kid|version|module|package|plugin|class|method|function|url|uri|address|port|for|from|on|at)[:=]?\s["'`]?$/i;

/** What such a label names is no secret, although a secret is spoken of on the line; nor is what stands behind the address in an access log. */
export const plainLabel =
  /(?:\b(?:commit|revision|sha|hash|digest|checksum|integrity|resolution|version|fingerprint|trace|kid|span|correlation|request|uuid|uid|id|identifier|accessor|org(?:ani[sz]ation)?|tenant|project|workspace|algorithm|alg|mechanism|peer|etag|image|container|layer|expected|want|(?:RSA|DSA|ECDSA|EDDSA|publi\w{1,8}|host|from) key:?)|[a-z]I[dD]|\bUU?ID:?|[_-]id|_sha|SHA|[_-]data)["']?\s?[:=]?(?:\s|>)["'([]{0,2}$|^(?:\d{1,3}\.){3}\d{1,3} - $/;

/** Words before "key" that are no part of its name. */
export const determiner =
  /^(?:the|this|that|for|by|with|of|to|from|a|any|using|as|your|our|bad|invalid|unknown)$/i;

/** The names that records give to a value, and `base64:`, which says how it is written. */
export const valueName = /^(?:value|val|input|got|received|actual|data|supplied|found|v|response|base64)$/i;

const algorithm =
  /^(?:sha|SHA|md|MD|rsa|RSA|aes|AES|[hrep]s|[HREP]S|x|X|utf|UTF|srp|SRP|ntlmv|NTLMv)-?\d{1,5}$/;
const instanceId =
  /^(?:i|vol|vpc|subnet|sg|eni|ami|snap|rtb|igw|nat|tgw|lt|fs|eipalloc|r|req|rev)-[0-9a-z]{8,24}$/;
const object = /^[\w.$:]{0,200}[A-Z][\w$]{0,100}@[0-9a-f]{1,8}$/;
/** Whether it is an object of Java: CsrfFilter@7d9d0e65, ZooKeeperServer@325. */
export function isObject(text: string): boolean {
  return text.includes('@') && object.test(text);
}

/** Names of program text. */
export const codeName =
  /^[*&]{0,2}[\w$]{1,60}(?:\.[\w$]{1,60}){1,8}$|^[\w$]{1,60}(?:\.[\w$<>]{1,60}){1,8}(?:#[\w-]{1,40})?$|^(?:[A-Z]{2,4}-)?[A-Z][a-z]+(?:-?[A-Z][a-z]+)*\d?$/;
// Apache-2.0, IDX10223, MY-010926, AADSTS7000215, an error of OpenSSL; left-pad@1.3.0, csrf@npm:3.1.0; /v1/orders
const listing =
  /^[A-Z]{2,10}-?\d{2,8}$|^@?[\w./-]{1,80}@(?:[\^~]?v?\d+\.\d|npm:|workspace:|patch:|file:)|^\/(?:[\w-]{0,20}[/?.])|:\/\/|:\d{2,5}$|^[A-Z]{3,8}v\d$|^TID_|^\d{1,2}-[A-Z][a-z]{2}-\d{4}$|_sha\d{1,3}$|:error:[0-9A-F]{8}:|^[A-Z][A-Za-z]{1,12}-\d\.\d$|^(?:PBKDF2With)?H[Mm][Aa][Cc](?:With)?-?S[Hh][Aa]-?\d|^@[A-Za-z]+$/;

const ulid = /^0[0-7][0-9A-Z]{24}$/;
// Chains of the packet filter, and the proxies of Istio
const chain = /^(?:KUBE|cali)-|^(?:router|sidecar|waypoint|ztunnel)~/;

/** What engineers need, and what is never secret. */
export const plainShape = new RegExp(
  [instanceId, listing, ulid, chain, algorithm].map(({ source }) => source).join('|'),
);
