import { isPlaceholder, type Mask } from './marker.ts';
import { createShapeRule, type ShapeRow } from './shape-row.ts';
import { isPasswordLike, isTokenLike, isUuid } from './token-shape.ts';

const rule = 'url-password';
const endsLink = /[\s"'`<>\\|]|%22/;

// From the character after "://" to the end of the link, or to the scheme of the next one in a list.
function linkFrom(line: string, start: number): string {
  const next = line.indexOf('://', start);
  const text = next < 0 ? line.slice(start) : line.slice(start, next);
  const end = text.search(endsLink);
  return end < 0 ? text : text.slice(0, end);
}

// Offset of the "@" that ends the user information, or -1. A password may hold "/", "?" and "#" that should have been
// encoded: then the text before the first "/" is no host with a port.
function userInfoEnd(link: string): number {
  const slash = link.search(/[/?#]/);
  const authority = slash < 0 ? link : link.slice(0, slash);
  const at = authority.lastIndexOf('@');
  if (at >= 0 || slash < 0) return at;
  const colon = authority.indexOf(':');
  if (colon < 0 || /^\d{0,5}$/.test(authority.slice(colon + 1)) || authority.includes('[')) return -1;
  return link.lastIndexOf('@');
}

function isLoneToken(text: string): boolean {
  if (isTokenLike(text) || isUuid(text) || /^[0-9a-f]{32}$/i.test(text)) return true;
  return text.length >= 20 && /^[A-Za-z0-9]+$/.test(text) && /[A-Z]/.test(text) && /[a-z]/.test(text);
}

// Offsets of the secret part of the user information: what follows the colon, or a lone token.
function secretPart(info: string): { start: number; end: number } | undefined {
  const colon = info.indexOf(':');
  const start = colon + 1;
  const text = info.slice(start);
  if (isPlaceholder(text)) return undefined;
  if (colon < 0 && !isLoneToken(text)) return undefined;
  return { start, end: info.length };
}

function maskLinks(line: string, mask: Mask): string {
  let result = '';
  let done = 0;
  for (let sign = line.indexOf('://'); sign >= 0; sign = line.indexOf('://', sign + 3)) {
    const link = linkFrom(line, sign + 3);
    const end = userInfoEnd(link);
    const part = end > 0 ? secretPart(link.slice(0, end)) : undefined;
    if (part === undefined) continue;
    result += line.slice(done, sign + 3 + part.start) + mask(rule);
    done = sign + 3 + part.end;
  }
  return done === 0 ? line : result + line.slice(done);
}

// image:tag@sha256:… and package:version@registry are no credentials.
function isNoVersion(secret: string): boolean {
  return !/^v?\d+(?:\.\d+)+/.test(secret) && isPasswordLike(secret);
}

/** Data source names and credentials before a host that have no scheme. */
export const dsnRows: readonly ShapeRow[] = [
  // postgres%3A%2F%2Fuser%3Apassword%40host
  { rule, hint: ['%3a%2f%2f'], shape: /(%3A%2F%2F[\w.-]{0,64}%3A)([^\s"'`&@]{1,128}?)(%40)/gi },
  // user:password@tcp(host:3306)/db, the data source name of Go's MySQL driver
  {
    rule,
    hint: ['@tcp', '@udp', '@unix', '@cloudsql'],
    shape: /((?:^|[\s"'`=])[\w.-]{1,64}:)([^\s"'`]{1,128})(@(?:tcp6?|udp|unix|cloudsql)\()/g,
  },
  // thin:scott/tiger@host, sqlplus scott/tiger@host
  {
    rule,
    hint: ['thin:', 'oci:', 'sqlplus'],
    shape: /((?:(?:thin|oci):|\bsqlplus\s(?:-[a-z]\s){0,3})[\w$#]{1,64}\/)([^\s"'`@/]{1,128})(@)/gi,
  },
  // user@host.domain:password, as lists of stolen accounts have it
  {
    rule,
    hint: /@[\w.-]+:/,
    shape: /((?:^|[\s"'`=,(])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,16}:)([^\s"'`,]{6,64})/gi,
    accepts: isPasswordLike,
  },
  // user:password@host.domain or @host:port without a scheme
  {
    rule,
    hint: /:[^\s:@]+@/,
    shape:
      /((?:^|[\s"'`=,(])[\w.-]{1,64}:)([^\s"'`:@/,]{6,128})(@(?:(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,16}\b|localhost\b|\d{1,3}(?:\.\d{1,3}){3}|[\w-]{1,63}:\d{2,5}\b))/gi,
    accepts: isNoVersion,
  },
];

const maskDataSources = createShapeRule(dsnRows);

/** Masks the password of links and data source names (`scheme://user:password@host`, `user:password@tcp(host)`). */
export function maskUrlPasswords(line: string, mask: Mask): string {
  return maskDataSources(line.includes('://') ? maskLinks(line, mask) : line, mask);
}
