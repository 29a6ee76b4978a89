/** Reads `etcd_requests_total` of an API server: how often it has written objects of a resource, by kind of write. */
export function writesOf(metrics: string, resource: string): Readonly<Record<string, number>> {
  const writes: Record<string, number> = {};
  for (const line of metrics.split('\n')) {
    if (!line.startsWith('etcd_requests_total{') || !line.includes(`resource="${resource}"`)) continue;
    const operation = /operation="([^"]+)"/.exec(line)?.[1] ?? '';
    if (!['create', 'update', 'delete'].includes(operation)) continue;
    writes[operation] = (writes[operation] ?? 0) + Number(line.slice(line.lastIndexOf(' ')));
  }
  return writes;
}
