import { classDefinitions, type FailureClass, failureClasses } from '../../src/domain/failure-classes.ts';

/** How long a failure of each class must last where the configuration does not say it. */
export const defaultForMs = Object.fromEntries(
  failureClasses.map((name) => [name, classDefinitions[name].forMs]),
) as Record<FailureClass, number>;
