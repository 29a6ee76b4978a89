import { z } from 'zod';
import {
  clusterPageSchema,
  errorSchema,
  organisationSchema,
  organisationsSchema,
  reviewSchema,
  switchedSchema,
  ticketPageSchema,
  ticketSchema,
} from './answers.ts';
import {
  clusterQuerySchema,
  commentInputSchema,
  listQuerySchema,
  switchInputSchema,
  ticketInputSchema,
} from './requests.ts';

/** Where the document is served. */
export const OPENAPI_PATH = '/openapi.json';

const upload = {
  type: 'object',
  required: ['file'],
  properties: { file: { type: 'string', format: 'binary' } },
};

type Json = Readonly<Record<string, unknown>>;

/** One call of the API. */
interface Call {
  readonly operationId: string;
  readonly query?: z.ZodObject;
  /** A JSON body, or `upload`. */
  readonly body?: z.ZodType | 'upload';
  readonly status: 200 | 201;
  /** The answer: JSON, or a file. */
  readonly answer: z.ZodType | 'file';
  /** Other answers than those that every call has. */
  readonly errors: readonly number[];
}

const TICKETS = '/api/v1/org/support/tickets';
const ORGANISATIONS = '/api/v1/org/organisation';

const calls: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  [TICKETS]: {
    get: {
      operationId: 'listTickets',
      query: listQuerySchema,
      status: 200,
      answer: ticketPageSchema,
      errors: [],
    },
    post: {
      operationId: 'createTicket',
      body: ticketInputSchema,
      status: 201,
      answer: ticketSchema,
      errors: [404, 409, 413, 415],
    },
  },
  [`${TICKETS}/review`]: {
    post: {
      operationId: 'reviewTicket',
      body: ticketInputSchema,
      status: 200,
      answer: reviewSchema,
      errors: [413, 415],
    },
  },
  [`${TICKETS}/{ticket_id}`]: {
    get: { operationId: 'getTicket', status: 200, answer: ticketSchema, errors: [404] },
  },
  [`${TICKETS}/{ticket_id}/comments`]: {
    post: {
      operationId: 'commentTicket',
      body: commentInputSchema,
      status: 200,
      answer: ticketSchema,
      errors: [404, 413, 415],
    },
  },
  [`${TICKETS}/{ticket_id}/close`]: {
    post: { operationId: 'closeTicket', status: 200, answer: ticketSchema, errors: [404, 413, 415] },
  },
  [`${TICKETS}/{ticket_id}/attachments`]: {
    post: {
      operationId: 'attachFile',
      body: 'upload',
      status: 201,
      answer: ticketSchema,
      errors: [400, 404, 413, 415],
    },
  },
  [`${TICKETS}/{ticket_id}/attachments/{attachment_id}`]: {
    get: { operationId: 'downloadFile', status: 200, answer: 'file', errors: [404] },
  },
  '/api/v1/clusters': {
    get: {
      operationId: 'listClusters',
      query: clusterQuerySchema,
      status: 200,
      answer: clusterPageSchema,
      errors: [],
    },
  },
  [ORGANISATIONS]: {
    get: { operationId: 'listOrganisations', status: 200, answer: organisationsSchema, errors: [] },
  },
  [`${ORGANISATIONS}/{organisation_id}`]: {
    get: { operationId: 'getOrganisation', status: 200, answer: organisationSchema, errors: [404] },
  },
  [`${ORGANISATIONS}/switch`]: {
    post: {
      operationId: 'switchOrganisation',
      body: switchInputSchema,
      status: 200,
      answer: switchedSchema,
      errors: [404, 413, 415],
    },
  },
};

const ERRORS_OF_ALL = [400, 401, 403, 422, 429];

/** The OpenAPI document of the ticket API as the desk serves it, made of the schemas that check its requests. */
export function openApiDocument(version: string): Json {
  const paths = Object.entries(calls).map(([path, methods]) => [
    path,
    {
      parameters: [...pathParameters(path), organisationHeader],
      ...Object.fromEntries(Object.entries(methods).map(([method, call]) => [method, toOperation(call)])),
    },
  ]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ticket desk',
      version,
      description: 'The ticket API as the desk of ankra-support-agent serves it.',
    },
    security: [{ bearer: [] }],
    paths: Object.fromEntries(paths) as Json,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: toJsonSchema(errorSchema, 'output') },
    },
  };
}

const organisationHeader = {
  name: 'x-ankra-organisation-id',
  in: 'header',
  required: false,
  // An empty header counts as none.
  schema: { anyOf: [{ type: 'string', format: 'uuid' }, { const: '' }] },
};

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', format: 'uuid' },
  }));
}

function toOperation(call: Call): Json {
  const { operationId, query, body, status, answer, errors } = call;
  const failures = [...ERRORS_OF_ALL, ...errors].map((code) => [String(code), failure(code)]);
  return {
    operationId,
    ...(query === undefined ? {} : { parameters: queryParameters(query) }),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: {
      [status]: { description: 'Success', content: answerContent(answer) },
      ...Object.fromEntries(failures),
    },
  };
}

function failure(code: number): Json {
  return {
    description: `Error ${code}`,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    ...(code === 429 ? { headers: { 'Retry-After': { schema: { type: 'integer' } } } } : {}),
  };
}

function queryParameters(query: z.ZodObject): readonly Json[] {
  const { properties = {} } = toJsonSchema(query, 'input') as { readonly properties?: Json };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function requestBody(body: z.ZodType | 'upload'): Json {
  const content =
    body === 'upload'
      ? { 'multipart/form-data': { schema: upload } }
      : { 'application/json': { schema: toJsonSchema(body, 'input') } };
  return { required: true, content };
}

function answerContent(answer: z.ZodType | 'file'): Json {
  if (answer === 'file') return { '*/*': { schema: { type: 'string', format: 'binary' } } };
  return { 'application/json': { schema: toJsonSchema(answer, 'output') } };
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
