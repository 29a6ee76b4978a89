import { readFileSync } from 'node:fs';
import { crossedSecrets } from './breadth/crossed.ts';
import { documents } from './breadth/documents.ts';
import { eighthBatch, eighthLines } from './breadth/eighth.ts';
import { eleventhLines, eleventhSecrets } from './breadth/eleventh.ts';
import { linesOf, samplesOf } from './breadth/kit.ts';
import { programLines } from './breadth/ordinary-programs.ts';
import { serviceLines } from './breadth/ordinary-services.ts';
import { thirdLines } from './breadth/ordinary-third.ts';
import { placesBatch } from './breadth/places.ts';
import { secondPlaces } from './breadth/second-places.ts';
import { tenthBatch, tenthLines } from './breadth/tenth.ts';
import { thirdVendors } from './breadth/third-vendors.ts';
import { vendorBatch } from './breadth/vendors.ts';
import { freshSecrets } from './fresh.ts';
import { heldOutOrdinary, heldOutSecrets } from './held-out.ts';
import { isLeft, kindCorpora, readTemplates } from './kinds.ts';
import { ordinaryLines } from './ordinary.ts';
import { createRandom } from './random.ts';
import { secretSamples } from './secrets.ts';

/** A text with secrets in it. */
interface Sample {
  readonly format: string;
  readonly text: string;
  readonly secrets: readonly string[];
}

const older: Readonly<Record<string, readonly Sample[]>> = {
  first: secretSamples(createRandom(20260301)),
  second: heldOutSecrets(createRandom(99)),
  third: freshSecrets(createRandom(5)),
  'vendors (fourth)': samplesOf(vendorBatch, createRandom(4040)),
  'places (fourth)': samplesOf(placesBatch, createRandom(4040)),
  fifth: samplesOf(secondPlaces, createRandom(5050)),
  'crossed (sixth)': crossedSecrets(createRandom(606), 1_500),
  seventh: samplesOf(thirdVendors, createRandom(7070)),
  eighth: samplesOf(eighthBatch, createRandom(8080)),
  'documents (ninth)': samplesOf(documents, createRandom(9090)),
  tenth: samplesOf(tenthBatch, createRandom(1010)),
  eleventh: eleventhSecrets(createRandom(1212)),
};

const newer: Readonly<Record<string, readonly Sample[]>> = {
  ...Object.fromEntries([...kindCorpora()].filter(([name]) => name !== '11-evidence')),
  'fresh-second': readTemplates('fresh-second.txt', 31),
  'fresh-third': readTemplates('fresh-third.txt', 41),
  'fresh-fourth': readTemplates('fresh-fourth.txt', 51),
  'fresh-fifth': readTemplates('fresh-fifth.txt', 61),
  'fresh-sixth': readTemplates('fresh-sixth.txt', 71),
  'fresh-seventh': readTemplates('fresh-seventh.txt', 71),
  'fresh-eighth': readTemplates('fresh-eighth.txt', 71),
  'fresh-ninth': readTemplates('fresh-ninth.txt', 71),
  'fresh-tenth': readTemplates('fresh-tenth.txt', 71),
  'fresh-eleventh': readTemplates('fresh-eleventh.txt', 71),
  'fresh-twelfth': readTemplates('fresh-twelfth.txt', 81),
  'fresh-thirteenth': readTemplates('fresh-thirteenth.txt', 81),
  'fresh-fourteenth': readTemplates('fresh-fourteenth.txt', 81),
  'fresh-fifteenth': readTemplates('fresh-fifteenth.txt', 81),
  'fresh-sixteenth': readTemplates('fresh-sixteenth.txt', 91),
  'fresh-seventeenth': readTemplates('fresh-seventeenth.txt', 91),
  'fresh-eighteenth': readTemplates('fresh-eighteenth.txt', 91),
  'fresh-nineteenth': readTemplates('fresh-nineteenth.txt', 91),
  'fresh-twentieth': readTemplates('fresh-twentieth.txt', 101),
  'fresh-twentyfirst': readTemplates('fresh-twentyfirst.txt', 101),
  'fresh-twentysecond': readTemplates('fresh-twentysecond.txt', 111),
  'fresh-twentythird': readTemplates('fresh-twentythird.txt', 121),
  'fresh-by-hand': readTemplates('fresh-by-hand.txt', 91),
};

/** Texts that hold no secret, by corpus. */
export const ordinaryCorpora: Readonly<Record<string, readonly string[]>> = {
  first: ordinaryLines(createRandom(20260302)),
  second: heldOutOrdinary(createRandom(98)),
  'services (fourth)': linesOf(serviceLines, createRandom(4141), 768),
  'programs (fourth)': linesOf(programLines, createRandom(4141), 1_144),
  seventh: linesOf(thirdLines, createRandom(7171), 1_464),
  eighth: linesOf(eighthLines, createRandom(8181), 480),
  tenth: linesOf(tenthLines, createRandom(1111), 192),
  eleventh: eleventhLines,
  fresh: readFileSync(new URL('fresh-ordinary.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n'),
  'fresh, drawn': readTemplates('fresh-ordinary-drawn.txt', 91).flatMap(({ text }) => text.split('\n')),
  'fresh, seventh': readTemplates('fresh-ordinary-seventh.txt', 91).flatMap(({ text }) => text.split('\n')),
  'fresh, eighth': readTemplates('fresh-ordinary-eighth.txt', 111).flatMap(({ text }) => text.split('\n')),
  'fresh, ninth': readTemplates('fresh-ordinary-ninth.txt', 121).flatMap(({ text }) => text.split('\n')),
  '11-evidence': (kindCorpora().get('11-evidence') ?? []).map(({ text }) => text),
};

/** Texts that hold secrets, by corpus, and whether one of them is still left in what became of the text. */
export const secretCorpora: ReadonlyMap<
  string,
  { readonly samples: readonly Sample[]; readonly isLeft: (secret: string, text: string) => boolean }
> = new Map([
  ...Object.entries(older).map(
    ([name, samples]) =>
      [name, { samples, isLeft: (secret: string, text: string) => text.includes(secret) }] as const,
  ),
  // Half a secret counts here, too.
  ...Object.entries(newer).map(([name, samples]) => [name, { samples, isLeft }] as const),
]);

/** Values as they enter the environment, as JSON: lists of arguments, and objects with secrets in them. */
export const values: readonly Sample[] = readTemplates('fresh-values.txt', 81);
