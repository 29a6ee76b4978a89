import { describe, expect, test } from '@jest/globals';
import {
  ago,
  aPending,
  aPod,
  aRun,
  classesOf,
  crashing,
  jobOwner,
  running,
  signalOf,
  signalsOf,
  waiting,
} from './fixtures.ts';

const notInPath = 'failed to create containerd task: exec: "serve": executable file not found in $PATH';
const startError = aRun({ exitCode: 128, reason: 'StartError', message: notInPath });

describe('a container that cannot be made', () => {
  test.each([
    ['CreateContainerConfigError', 'secret "checkout" not found'],
    ['CreateContainerConfigError', "couldn't find key token in ConfigMap shop/checkout"],
    ['CreateContainerError', 'failed to generate container spec'],
  ])('%s: %s', (reason, message) => {
    expect(signalOf(aPending([waiting(reason, message)]))).toMatchObject({
      class: 'config',
      reason,
      message: `container app cannot start: ${message}`,
      since: ago(60),
      immediate: false,
      container: { name: 'app', restartCount: 0 },
    });
  });

  test('a Job does not notice it', () => {
    expect(classesOf(aPending([waiting('CreateContainerConfigError', 'x')], { owner: jobOwner }))).toEqual([
      'config',
    ]);
  });

  test('a debug container does not count', () => {
    const debug = waiting('CreateContainerError', 'x', { role: 'ephemeral' });
    expect(signalsOf(aPod({ containers: [running(), debug] }))).toEqual([]);
  });
});

describe('a container that was made and cannot be started', () => {
  test('a command that the image does not have speaks at once', () => {
    const found = signalOf(aPod({ containers: [crashing({ restartCount: 1, terminated: startError })] }));
    expect(found).toMatchObject({
      class: 'config',
      reason: 'StartError',
      message: 'container app cannot start: exec: "serve": executable file not found in $PATH',
      immediate: true,
      occurrences: 1,
      container: { exitCode: 128, restartCount: 1 },
    });
  });

  test('is seen in its last run as well, and from there on', () => {
    const again = waiting('CrashLoopBackOff', 'back-off', { restartCount: 2, lastTerminated: startError });
    expect(signalOf(aPod({ containers: [again] }))).toMatchObject({ class: 'config', since: ago(1) });
  });

  test('is no crash, however often it has been tried', () => {
    expect(classesOf(aPod({ containers: [crashing({ terminated: startError })] }))).toEqual(['config']);
  });

  test('is final where the file may not be run', () => {
    const run = {
      ...startError,
      message: 'unable to start container process: exec: "/etc": permission denied',
    };
    expect(signalOf(aPod({ containers: [crashing({ restartCount: 1, terminated: run })] }))).toMatchObject({
      message: 'container app cannot start: exec: "/etc": permission denied',
      immediate: true,
    });
  });

  test('another cause may pass', () => {
    const run = { ...startError, message: 'cannot allocate memory' };
    expect(signalOf(aPod({ containers: [crashing({ restartCount: 1, terminated: run })] })).immediate).toBe(
      false,
    );
  });

  test('RunContainerError says it before there is a run', () => {
    expect(signalOf(aPending([waiting('RunContainerError', 'x')]))).toMatchObject({
      reason: 'RunContainerError',
    });
  });

  test('is over when it runs', () => {
    expect(
      signalsOf(aPod({ containers: [running({ restartCount: 1, lastTerminated: startError })] })),
    ).toEqual([]);
  });

  test('is an ordinary end of an ordinary run otherwise', () => {
    expect(signalsOf(aPod({ containers: [crashing({ restartCount: 1 })] }))).toEqual([]);
  });

  test('counts as a try of the Job in a pod of one', () => {
    const pod = aPod(
      { containers: [crashing({ restartCount: 1, terminated: startError })] },
      { owner: jobOwner },
    );
    expect(signalsOf(pod)).toEqual([]);
  });
});
