import { ApiError } from './problems.ts';

/** The largest attachment, in bytes. */
export const LARGEST_ATTACHMENT = 5 * 1024 * 1024;
/** A client sends one file, and a few fields at most. */
const MOST_PARTS = 20;

/** An uploaded file after its checks. */
export interface Upload {
  readonly filename: string;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/**
 * Takes the field `file` out of a multipart body. Throws ApiError: 400 when the body cannot be read, 413 when the file
 * is too large, 415 for another body and for a file of a type that is not taken, 422 without a file.
 */
export async function readUpload(body: unknown, contentType: string): Promise<Upload> {
  if (!(body instanceof Buffer))
    throw new ApiError(415, 'The body should be multipart/form-data with a field "file"');
  const file = (await parseForm(body, contentType)).get('file');
  if (!(file instanceof File)) {
    throw new ApiError(422, [{ type: 'missing', loc: ['body', 'file'], msg: 'Field required' }]);
  }
  if (file.size > LARGEST_ATTACHMENT) throw new ApiError(413, 'The attachment is larger than 5 MiB');
  const content = new Uint8Array(await file.arrayBuffer());
  const filename = toFilename(file.name);
  const type = judge(content, filename, file.type);
  if (type === undefined) {
    const taken = 'text, JSON, YAML, CSV, PDF, PNG, JPEG, GIF, WebP, gzip and zip files are';
    throw new ApiError(415, `Attachments like ${filename} are not taken: ${taken}`);
  }
  return { filename, contentType: type, content };
}

async function parseForm(body: Buffer, contentType: string): Promise<FormData> {
  const boundary = /\bboundary=(?:"([^"]+)"|([^\s;]+))/iu.exec(contentType);
  const line = `--${boundary?.[1] ?? boundary?.[2] ?? ''}`;
  const parts = body.toString('latin1').split(line);
  if (boundary === null || parts.length > MOST_PARTS + 2) {
    throw new ApiError(400, boundary === null ? 'The boundary is missing in content-type' : 'Too many parts');
  }
  // Go and others write a quotation mark in a name as `\"`, browsers as `%22`: Node reads the second alone (nodejs/undici).
  const [before = '', ...rest] = parts;
  const plain = [before, ...rest.map(escapeNames)].join(line);
  return new Response(Buffer.from(plain, 'latin1'), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw new ApiError(400, 'There was an error parsing the body');
    });
}

/** Of the headers of one part, and nothing after them. */
function escapeNames(part: string): string {
  const end = part.indexOf('\r\n\r\n');
  const headers = part.slice(0, Math.max(0, end));
  return headers.includes('\\"') ? headers.replaceAll('\\"', '%22') + part.slice(headers.length) : part;
}

const NUL = 0;
const magic: readonly (readonly [type: string, start: string, at?: number])[] = [
  ['image/png', '\u{89}PNG\r\n\u{1a}\n'],
  ['image/jpeg', '\u{ff}\u{d8}\u{ff}'],
  ['image/gif', 'GIF87a'],
  ['image/gif', 'GIF89a'],
  ['image/webp', 'WEBP', 8],
  ['application/pdf', '%PDF-'],
  ['application/gzip', '\u{1f}\u{8b}'],
  ['application/zip', 'PK\u{3}\u{4}'],
];

const textTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  md: 'text/markdown',
  yaml: 'application/yaml',
  yml: 'application/yaml',
};

/** Text that a browser would run or draw. */
const ACTIVE_NAME = /\.(?:x?html?|xht|svgz?|xml|xslt?|mjs|js|css|swf|hta|htc)$/iu;
const ACTIVE_TYPE = /html|svg|xml|javascript|ecmascript/iu;

/**
 * The type of a file by its first bytes and its name; what the client says is only believed when it says that a browser would run it: many
 * clients say `application/octet-stream` of everything. Undefined for a type that is not taken.
 */
function judge(content: Uint8Array, filename: string, declared: string): string | undefined {
  const start = Buffer.from(content.subarray(0, 16)).toString('latin1');
  const known = magic.find(([, sign, at = 0]) => start.startsWith(sign, at));
  if (known !== undefined) return known[0];
  if (ACTIVE_NAME.test(filename) || ACTIVE_TYPE.test(declared) || !isText(content)) return undefined;
  const extension = /\.([^.]+)$/u.exec(filename)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(textTypes, extension) ? textTypes[extension] : 'text/plain';
}

/** UTF-8 without a NUL, or UTF-16 with its mark: a log that Windows wrote. */
function isText(content: Uint8Array): boolean {
  const [first, second] = content;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  if (content.includes(NUL)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return true;
  } catch {
    return false;
  }
}

/** The last part of the name that the client gave, without control characters. */
function toFilename(name: string): string {
  const last = name.split(/[/\\]/u).at(-1) ?? '';
  const clean = last.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').slice(0, 200);
  return clean.trim() === '' ? 'attachment' : clean;
}

/** The header that makes a browser save the file instead of showing it (RFC 6266). */
export function toDisposition(filename: string): string {
  const encoded = encodeURIComponent(filename.toWellFormed()).replaceAll(
    /['()*]/gu,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename*=UTF-8''${encoded}`;
}
