import { expect, test } from '@jest/globals';
import { aborted, CommandError, stopSignal } from '../../src/cli/process.ts';
import { kubeSource } from '../../src/cli/runtime.ts';

test('the Kubernetes API is the one that is named, else the own cluster, else that of KUBECONFIG', () => {
  const inCluster = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBECONFIG: '/env' };
  expect(kubeSource('/file', inCluster)).toEqual({ kind: 'kubeconfig', path: '/file' });
  expect(kubeSource(undefined, inCluster)).toEqual({ kind: 'in-cluster', environment: inCluster });
  expect(kubeSource(undefined, { KUBECONFIG: '/env' })).toEqual({ kind: 'kubeconfig', path: '/env' });
});

test('without any the command says what to name', () => {
  expect(() => kubeSource(undefined, { KUBECONFIG: '' })).toThrow(CommandError);
  expect(() => kubeSource(undefined, {})).toThrow(/--kubeconfig or KUBECONFIG/);
});

test('a signal to the process aborts once, and the process is left as it was', async () => {
  const before = process.listenerCount('SIGTERM');
  const stop = stopSignal();
  const ended = aborted(stop.signal);
  process.emit('SIGTERM', 'SIGTERM');
  await ended;
  expect(stop.signal.reason).toEqual(new Error('received SIGTERM'));
  await aborted(stop.signal);
  stop.restore();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});
