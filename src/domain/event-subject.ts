import type { EventView } from './views.ts';

/** What an Event is filed under: the uid of its object, or its kind and name. */
export function subjectKey(event: Pick<EventView, 'regarding'>): string {
  const { kind, namespace, name, uid } = event.regarding;
  return isByName(event) ? nameKey(kind, namespace, name) : uid;
}

/** The kubelet writes a node's name where its uid should be, others leave it empty. */
export function isByName({ regarding: { kind, uid } }: Pick<EventView, 'regarding'>): boolean {
  return uid === '' || kind === 'Node';
}

/** The key of an object of which only the name is known. */
export function nameKey(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
