import { firstMatch, type Hint, type Row } from './class-text.ts';

const causes: readonly Row[] = [
  [
    /connection refused/i,
    'Nothing listens where the probe asks: compare its port with the one that the program opens, and look at whether it listens on all addresses or on localhost alone.',
  ],
  [
    /deadline exceeded|timeout|timed out/i,
    'The answer takes longer than the probe waits (1 s by default): look at what slows the program down, then at the timeout.',
  ],
  [
    /statuscode: 404/i,
    'The program answers, but has nothing at the path of the probe: compare the path with the version that runs.',
  ],
  [/statuscode: 40[13]/i, 'The program wants a login where the probe asks: such a path must be open.'],
  [
    /statuscode: 5\d\d/i,
    'The program runs and says itself that it is not ready: look at what it waits for, a database or another service.',
  ],
  [/no such host|lookup /i, 'The name that the probe asks for is not known.'],
];

const UNKNOWN =
  'It runs and gets no traffic. Look at what the probe asks, and at what the container waits for.';

/** Why a probe fails. */
export const probeHint: Hint = (input) => firstMatch(causes, input) ?? UNKNOWN;
