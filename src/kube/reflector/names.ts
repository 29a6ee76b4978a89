/** Uids by namespace and name. */
export interface Names {
  get(namespace: string, name: string): string | undefined;
  set(namespace: string, name: string, uid: string): void;
  delete(namespace: string, name: string): void;
}

/** Nested maps instead of joined keys: they share the strings that the store holds already. */
export function createNames(): Names {
  const byNamespace = new Map<string, Map<string, string>>();
  return {
    get: (namespace, name) => byNamespace.get(namespace)?.get(name),
    set: (namespace, name, uid) => {
      const inside = byNamespace.get(namespace) ?? new Map<string, string>();
      byNamespace.set(namespace, inside.set(name, uid));
    },
    delete: (namespace, name) => {
      const inside = byNamespace.get(namespace);
      inside?.delete(name);
      if (inside?.size === 0) byNamespace.delete(namespace);
    },
  };
}
