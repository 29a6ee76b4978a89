import { ApiError } from './problems.ts';

/** The largest attachment, in bytes. */
export const LARGEST_ATTACHMENT = 5 * 1024 * 1024;

const allowedTypes: readonly string[] = [
  'text/plain',
  'text/csv',
  'text/markdown',
  'application/json',
  'application/yaml',
  'application/x-yaml',
  'application/pdf',
  'application/gzip',
  'application/zip',
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
];

/** An uploaded file after its checks. */
export interface Upload {
  readonly filename: string;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/**
 * Takes the field `file` out of a multipart body. Throws ApiError: 400 when the body cannot be read, 413 when the file
 * is too large, 415 for a type that is not taken, 422 without a file.
 */
export async function readUpload(body: Buffer, contentType: string): Promise<Upload> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw new ApiError(400, 'There was an error parsing the body');
    });
  const file = form.get('file');
  if (!(file instanceof File)) {
    throw new ApiError(422, [{ type: 'missing', loc: ['body', 'file'], msg: 'Field required' }]);
  }
  if (file.size > LARGEST_ATTACHMENT) throw new ApiError(413, 'The attachment is larger than 5 MiB');
  const type = file.type.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!allowedTypes.includes(type))
    throw new ApiError(415, `Attachments of type ${type || 'unknown'} are not taken`);
  return {
    filename: toFilename(file.name),
    contentType: type,
    content: new Uint8Array(await file.arrayBuffer()),
  };
}

/** The last part of the name that the client gave, without control characters. */
function toFilename(name: string): string {
  const last = name.split(/[/\\]/u).at(-1) ?? '';
  const clean = last.replaceAll(/\p{Cc}/gu, '').slice(0, 200);
  return clean === '' ? 'attachment' : clean;
}

/** The header that makes a browser save the file instead of showing it (RFC 6266). */
export function toDisposition(filename: string): string {
  const encoded = encodeURIComponent(filename).replaceAll(
    /['()*]/gu,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename*=UTF-8''${encoded}`;
}
