import { words } from './key-words.ts';
import { blankMarkers, isPlaceholder } from './marker.ts';
import { readValue, type ValuePlace } from './read-value.ts';
import type { Reading } from './reading.ts';
import { isTokenLike } from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

/** A stretch of a line. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

// Schemes whose credentials are one word (RFC 6750, RFC 7617, RFC 4559 and vendors' own).
const wordSchemes = words(`
  bearer basic token apikey api-key negotiate ntlm splunk ssws geniekey key jwt dpop sharedkey sharedkeylite bot zoho-oauthtoken klaviyo-api-key deepl-auth-key
  cybersource flyv1 botconnector macaroon sso-key snowflake gogs gitea apitoken x-api-key elastic private-token`);

// Schemes whose credentials are a list of parameters (RFC 7616, AWS Signature Version 4, RFC 5849).
const listSchemes = words(`
  digest aws4-hmac-sha256 aws4-ecdsa-p256-sha256 aws oauth hawk hmac hmac-sha256 signature sharedaccesssignature goog4-rsa-sha256 tc3-hmac-sha256 sdk-hmac-sha256
  acs3-hmac-sha256 mac mauth pveapitoken pbsapitoken`);

const schemed = /^([A-Za-z][A-Za-z0-9-]{1,30})(?:[ \t]{1,8}|%20|\+|=)/;

/** The whole of a header's value: to its closing quote or bracket, else to the end of the line. */
function headerText(reading: Reading, at: number, place: ValuePlace): Range {
  const { text: line } = reading;
  const value = readValue(reading, at, place);
  if (value.quoted) return value;
  const stops = [line.length];
  if (place.openQuote !== '') stops.push(line.indexOf(place.openQuote, value.start));
  // The bracket of a printed list ([Bearer x]); the one of a marker does not close it.
  if (value.start > at) stops.push(blankMarkers(line).indexOf(']', value.start));
  stops.push(line.indexOf('\n', value.start));
  let end = Math.min(...stops.filter((stop) => stop >= 0));
  while (end > value.start && ' \t\r\\'.includes(line.charAt(end - 1))) end -= 1;
  return { start: value.start, end };
}

function wordEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !' \t\r\n,;"\''.includes(text.charAt(at))) at += 1;
  return at;
}

// A value without a known scheme: the credentials are the first word, or the second behind a scheme of its own.
function schemeless(text: string, first: Range): Range | undefined {
  const end = wordEnd(text, first.end + 1);
  if (isTokenLike(text.slice(first.end + 1, end), 12)) return { start: 0, end };
  return isTokenLike(text.slice(0, first.end), 8) || first.end >= 24 ? first : undefined;
}

// The part of an Authorization value that is secret, as offsets into `text`.
function credentialsIn(text: string): Range | undefined {
  const scheme = schemed.exec(text);
  const name = scheme?.[1]?.toLowerCase() ?? '';
  const after = scheme?.[0].length ?? 0;
  if (listSchemes.has(name)) return { start: after, end: text.length };
  const start = wordSchemes.has(name) ? after : 0;
  const range = { start, end: wordEnd(text, start) };
  if (isSpoken(text.slice(start, range.end))) return undefined;
  return start > 0 ? range : schemeless(text, range);
}

/** The secret part of the value of an `Authorization` header that begins at `at`. */
export function headerSpan(reading: Reading, at: number, place: ValuePlace): Range | undefined {
  const { text: line } = reading;
  const range = headerText(reading, at, place);
  const found = credentialsIn(line.slice(range.start, range.end));
  if (found === undefined) return undefined;
  const span = { start: range.start + found.start, end: range.start + found.end };
  return isPlaceholder(line.slice(span.start, span.end)) ? undefined : span;
}

// theme=dark; lang=en-GB; Path=/
function isTrivial(text: string): boolean {
  return /^(?:theme|lang|locale|language|currency|timezone|consent|mode)=[\w-]{1,16}(?:; ?(?:Path|Max-Age|Expires|Domain|SameSite|Secure|HttpOnly)(?:=[^;]{0,60})?)*$/i.test(
    text,
  );
}

/** The value of a `Cookie` or `Set-Cookie` header that begins at `at`. */
export function cookieSpan(reading: Reading, at: number, place: ValuePlace): Range | undefined {
  const { text: line } = reading;
  const range = headerText(reading, at, place);
  const text = line.slice(range.start, range.end);
  const equals = text.indexOf('=');
  const isCookie = equals > 0 && !/[\s:{]/.test(text.slice(0, equals)) && !isPlaceholder(text);
  return isCookie && !isTrivial(text) ? range : undefined;
}
