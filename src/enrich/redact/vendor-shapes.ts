import type { Mask } from './marker.ts';
import { characterSet, hasRun } from './runs.ts';
import { createShapeRule, type ShapeRow } from './shape-row.ts';
import { isTokenLike } from './token-shape.ts';

function lastPart(token: string): string {
  return token.slice(token.search(/[_-][^_-]*$/) + 1);
}

// Letters of both cases and digits, as base62 has them; identifiers are shorter, names and digests have one case.
function isWellMixed(text: string): boolean {
  return (
    /[A-Z].*[A-Z]/.test(text) && /[a-z].*[a-z]/.test(text) && /\d.*\d/.test(text) && isTokenLike(text, 30)
  );
}

const bounded = (shape: string): RegExp => new RegExp(`(^|[^A-Za-z0-9_.~-])(${shape})\\b`, 'g');

/** Vendor formats without a fixed prefix, and the shape that many vendors share (`acme_live_…`, `acme_pat_…`). */
export const vendorShapes: readonly ShapeRow[] = [
  { rule: 'jenkins-token', hint: /11[0-9a-f]{32}/, shape: bounded('11[0-9a-f]{32}') },
  { rule: 'telegram-token', hint: [':aa'], shape: /(^|[^A-Za-z0-9]|bot)(\d{8,10}:AA[\w-]{32,34})/g },
  {
    rule: 'telegram-token',
    hint: ['telegram.org/bot'],
    shape: /(telegram\.org\/bot)(\d{6,12}:[\w-]{30,40})/g,
  },
  {
    rule: 'discord-token',
    hint: /[MNO][\w-]{23,27}\./,
    shape: bounded('[MNO][A-Za-z0-9_-]{23,27}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,40}'),
  },
  { rule: 'firebase-token', hint: [':apa91b'], shape: /(^|[^\w-])(AAAA[\w-]{7}:APA91b[\w-]{60,200})/g },
  {
    rule: 'paseto',
    hint: ['.local.', '.public.'],
    shape: bounded('v[1-4]\\.(?:local|public)\\.[\\w-]{20,2048}(?:\\.[\\w-]{1,512})?'),
  },
  { rule: 'mailchimp-token', hint: ['-us'], shape: bounded('[0-9a-f]{32}-us\\d{1,2}') },
  {
    rule: 'mailgun-token',
    hint: /-[0-9a-f]{8}-[0-9a-f]{8}/,
    shape: bounded('[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}'),
  },
  { rule: 'azure-token', hint: ['q~'], shape: /(^|[^A-Za-z0-9_.~-])([\w~.-]{3}\dQ~[\w~.-]{30,36})/g },
  {
    rule: 'azure-token',
    hint: ['azdo', '+ast', 'azfu', '+acr', 'acdb', 'azse', 'aapim', '+arm', '+aeh', '+aio', 'azca', 'jqqj99'],
    shape:
      /(^|[^A-Za-z0-9+/])([A-Za-z0-9+/]{32,96}(?:AZDO|\+ASt|AzFu|\+ACR|ACDb|AzSe|AAPIM|\+ARm|\+AEh|\+AIo|AzCa|JQQJ99)[A-Za-z0-9+/]{2,64}={0,2})/g,
  },
  {
    rule: 'terraform-cloud-token',
    hint: ['.atlasv1.'],
    shape: bounded('[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{40,90}'),
  },
  { rule: 'new-relic-token', hint: ['nral'], shape: bounded('[0-9a-z]{36}NRAL') },
  { rule: 'github-token', hint: /v1\.[0-9a-f]{40}/, shape: bounded('v1\\.[0-9a-f]{40}') },
  {
    rule: 'rancher-token',
    hint: /(?:token|kubeconfig)-\S{5,40}:/,
    shape: bounded('(?:token|kubeconfig)-[a-z0-9.-]{5,40}:[a-z0-9]{54}'),
  },
  {
    rule: 'kubeadm-token',
    hint: ['token'],
    shape: /(token[\s:="']{1,4})([a-z0-9]{6}\.[a-z0-9]{16})\b/gi,
  },
  { rule: 'uptime-robot-token', hint: /[um]\d{6,9}-/, shape: bounded('[um]\\d{6,9}-[0-9a-f]{24,32}') },
  {
    rule: 'asana-token',
    hint: /[12]\/\d{13}/,
    shape: bounded('[12]/\\d{13,16}(?:/\\d{13,16})?:[0-9a-f]{32}'),
  },
  { rule: 'clickup-token', hint: ['pk_'], shape: bounded('pk_\\d{5,9}_[A-Z0-9]{32}') },
  { rule: 'maxmind-token', hint: ['_mmk'], shape: bounded('[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk') },
  {
    rule: 'typed-token',
    hint: /[_-](?:live|test|prod|sk|pat|secret|token|key|api)[_-]/i,
    shape:
      /(^|[^A-Za-z0-9_.~-])([A-Za-z][A-Za-z0-9]{1,11}[_-](?:live|test|prod|sk|pat|secret|token|key|api|tok)[_-][\w-]{16,200})/gi,
    // A publishable key is no secret.
    accepts: (token) => !token.startsWith('pk_') && isTokenLike(lastPart(token), 16),
  },
  {
    rule: 'prefixed-token',
    hint: /[a-z]\d?[_-][A-Za-z0-9]{30}/,
    shape: /(^|[^A-Za-z0-9_.~-])((?:[a-z][a-z0-9]{1,11}[_-]){1,3}[A-Za-z0-9]{30,200})\b/g,
    accepts: (token) => isWellMixed(lastPart(token)),
  },
];

// The secret key that stands beside an access key which another rule has masked already.
const besideAccessKey: readonly ShapeRow[] = [
  {
    rule: 'aws-token',
    hint: ['redacted:aws-token'],
    shape: /(\[REDACTED:aws-token\][\s"',;:/|\\a-z_=-]{0,48}["'\s:=/|,])([A-Za-z0-9/+]{40})\b/gi,
  },
];

const maskUnprefixed = createShapeRule(vendorShapes);
const maskBeside = createShapeRule(besideAccessKey);
const tokenCharacters = characterSet('A-Za-z0-9_-');
const shortestRun = 16;

/** Masks vendors' tokens that have no fixed prefix. */
export function maskVendorShapes(line: string, mask: Mask): string {
  const result = hasRun(line, tokenCharacters, shortestRun) ? maskUnprefixed(line, mask) : line;
  return maskBeside(result, mask);
}
