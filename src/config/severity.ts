import { z } from 'zod';
import { detectedClasses } from '../domain/failure-classes.ts';
import { severities } from '../domain/ticket.ts';
import { labelSelector, namespacePattern } from './values.ts';

/** What a rule names must all fit. */
const severityRuleSchema = z
  .strictObject({
    severity: z.enum(severities),
    namespaces: z
      .array(namespacePattern)
      .min(1, 'must name a namespace, or be left out for all of them')
      .optional()
      .describe('Names and patterns; what lies in no namespace, a node, fits none'),
    workloadSelector: labelSelector.optional().describe('Owners with these labels alone'),
    classes: z
      .array(z.enum(detectedClasses))
      .min(1, 'must name a class, or be left out for all of them')
      .optional()
      .describe('These classes alone'),
    oldRevisionServes: z.boolean().optional().describe('Whether pods of the revision before are ready'),
  })
  .refine(
    ({ severity: _severity, ...conditions }) => Object.values(conditions).some((one) => one !== undefined),
    {
      path: ['severity'],
      error:
        'must have a condition beside it: namespaces, workloadSelector, classes or oldRevisionServes; for all tickets of a class write classes.<name>.severity',
    },
  );

/** How severe a ticket is, by what fails. */
export const severityRulesSchema = z
  .array(severityRuleSchema)
  .max(100)
  .default([])
  .describe('Of tickets: the first rule that fits counts, before the severity of the class');
