import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'ankra_support_agent_';

/** All values of each label. */
type LabelValues<Label extends string> = Readonly<Record<Label, readonly string[]>>;
/** With values each combination has a series from the start; where other folders know them, `Agent` starts the series. */
type Labels<Label extends string> = readonly Label[] | LabelValues<Label>;

/** Makes metrics on one registry, with the prefix of the agent. Labels are closed sets, and their series start at 0. */
export class MetricSet {
  readonly registry = new Registry();

  /** A counter; its name ends in `_total`. */
  counter<Label extends string = never>(
    name: string,
    help: string,
    labels: Labels<Label> = [],
  ): Counter<Label> {
    const counter = new Counter(this.#describe(name, help, labels));
    if (!isNames(labels)) startSeries(counter, labels);
    return counter;
  }

  gauge<Label extends string = never>(name: string, help: string, labels: Labels<Label> = []): Gauge<Label> {
    const gauge = new Gauge(this.#describe(name, help, labels));
    if (!isNames(labels)) startSeries(gauge, labels);
    return gauge;
  }

  /** `buckets`: upper bounds in seconds. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels: Labels<Label> = [],
  ): Histogram<Label> {
    const histogram = new Histogram({ ...this.#describe(name, help, labels), buckets: [...buckets] });
    if (!isNames(labels)) for (const series of seriesOf(labels)) histogram.zero(series);
    return histogram;
  }

  #describe<Label extends string>(name: string, help: string, labels: Labels<Label>) {
    const labelNames = isNames(labels) ? labels : (Object.keys(labels) as Label[]);
    return { name: PREFIX + name, help, labelNames, registers: [this.registry] };
  }
}

function isNames<Label extends string>(labels: Labels<Label>): labels is readonly Label[] {
  return Array.isArray(labels);
}

/** Makes a series of every combination of the values, at 0 unless it is there already. */
export function startSeries<Label extends string>(
  metric: Counter<Label> | Gauge<Label>,
  values: LabelValues<Label>,
): void {
  for (const series of seriesOf(values)) metric.inc(series, 0);
}

function seriesOf<Label extends string>(values: LabelValues<Label>): readonly Record<Label, string>[] {
  let all: readonly Partial<Record<Label, string>>[] = [{}];
  for (const [name, each] of Object.entries<readonly string[]>(values))
    all = all.flatMap((series) => each.map((value) => ({ ...series, [name]: value })));
  return all as readonly Record<Label, string>[];
}

/** Shows a count that somebody else keeps. */
export function showCount<Label extends string>(
  counter: Counter<Label>,
  labels: Record<Label, string>,
  count: number,
): void {
  counter.remove(labels);
  counter.inc(labels, count);
}
