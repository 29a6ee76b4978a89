/** What client-go's recorder puts before the text when something is said in other words ten times (tools/record/events_cache.go). */
const COMBINED = /^(?:\(combined from similar events\): )+/;

/** What an Event says, whether its reporter has put several of them together or not. */
export function plainNote(note: string): string {
  return note.replace(COMBINED, '');
}

/** `spec.containers{app}`, `spec.initContainers{migrate}`: the container that a kubelet's Event is about. */
const CONTAINER_PATH = /^spec\.\w+\{([^}]+)\}$/;

/** The name of the container in the `fieldPath` of an Event's object, if it names one. */
export function containerIn(fieldPath: string): string | undefined {
  return CONTAINER_PATH.exec(fieldPath)?.[1];
}
