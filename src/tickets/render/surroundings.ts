import type { Environment } from '../../domain/environment.ts';
import { namespaceLines, refusalLine } from './allowance.ts';
import { nodeLines } from './node.ts';
import { placementLines } from './placement.ts';
import { volumeLines } from './volumes.ts';
import { cronJobLines, jobLine } from './work.ts';

/** What stands around the failure, one line for each; only what was read, which is what the class asks for. */
export function surroundingLines(environment: Environment): readonly string[] {
  const { node, namespace, refusal, job, cronJob, storage, scheduling } = environment;
  return [
    ...(node === undefined ? [] : nodeLines(environment, node)),
    ...(refusal === undefined ? [] : [refusalLine(refusal)]),
    ...(namespace === undefined ? [] : namespaceLines(environment, namespace)),
    ...(scheduling === undefined ? [] : placementLines(scheduling)),
    ...(storage === undefined ? [] : volumeLines(storage)),
    ...(cronJob === undefined ? [] : cronJobLines(cronJob)),
    ...(job === undefined ? [] : [jobLine(job, environment)]),
  ];
}
