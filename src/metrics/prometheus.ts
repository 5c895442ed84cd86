import { register as default_register, type Gauge, type Registry } from 'prom-client';
import { WebsocketsError } from '../core/base/errors.ts';
import type { MountStats } from '../core/mount/mount.ts';
import { METRICS, type MetricDefinition } from './samples.ts';

/** What can be measured: what `mount_websockets` returned, or `app()`. */
export interface Measured {
  stats(): MountStats;
}

export interface PrometheusOptions {
  /** Where the metrics are registered. By default prom-client's own. */
  register?: Registry<any> | undefined;
  /**
   * What the names of the metrics begin with.
   *
   * @default 'joystick_websockets_'
   */
  prefix?: string | undefined;
  /**
   * The value of the label `mount`. Tells several mounts in one register apart; without it there is
   * no such label.
   */
  mount?: string | undefined;
}

/** Mounts that share the metrics of one name in one register. */
type Family = Map<string, Measured>;

/** By their prefixes. */
const families = new WeakMap<Registry<any>, Map<string, Family>>();

/**
 * Exports what a mount counts, for Prometheus. It is read when it is scraped, and costs nothing
 * in between.
 *
 * @returns what removes it again.
 * @throws {WebsocketsError} `bad_argument`, where there is nothing to measure, the prefix begins no
 * name of a metric, or a mount of that name is measured already.
 */
export function prometheus_metrics(mounted: Measured, options: PrometheusOptions = {}): () => void {
  const { register = default_register, prefix = 'joystick_websockets_', mount = '' } = options;
  check(mounted, prefix);
  const by_prefix = families.get(register) ?? new Map<string, Family>();
  families.set(register, by_prefix);
  const has_family = register.getSingleMetric(prefix + METRICS[0]?.name) !== undefined;
  // The register may have been cleared meanwhile.
  const family = (has_family && by_prefix.get(prefix)) || create_family(register, prefix);
  by_prefix.set(prefix, family);
  if (family.has(mount)) {
    const name = mount === '' ? 'without a name' : `called ${JSON.stringify(mount)}`;
    const message = `a mount ${name} is measured already: give each its own name with the option mount`;
    throw new WebsocketsError('bad_argument', message, { argument: 'mount' });
  }
  family.set(mount, mounted);
  return () => {
    if (family.get(mount) !== mounted) return;
    family.delete(mount);
    if (family.size > 0 || by_prefix.get(prefix) !== family) return;
    by_prefix.delete(prefix);
    remove_family(register, prefix);
  };
}

function check(mounted: Measured, prefix: string): void {
  const fail = (argument: string, message: string) => {
    throw new WebsocketsError('bad_argument', message, { argument });
  };
  if (typeof mounted?.stats !== 'function') {
    fail('mounted', 'prometheus_metrics needs what mount_websockets returned, or what app() did');
  }
  if (!/^[a-z_:][\w:]*$/i.test(prefix)) {
    fail(
      'prefix',
      `${JSON.stringify(prefix)} begins no name of a metric: use letters, digits, _ and :`,
    );
  }
}

function create_family(register: Registry<any>, prefix: string): Family {
  const family: Family = new Map();
  const read = read_once_a_turn(family);
  const metrics = METRICS.map((definition) => new ScrapedMetric(prefix, definition, read));
  const taken = metrics.find(({ name }) => register.getSingleMetric(name) !== undefined);
  if (taken !== undefined) {
    const message = `the register has another metric called ${taken.name}: use another prefix`;
    throw new WebsocketsError('bad_argument', message, { argument: 'prefix' });
  }
  for (const metric of metrics) {
    // prom-client asks of a metric what ScrapedMetric has; its types name its own classes.
    register.registerMetric(metric as unknown as Gauge);
  }
  return family;
}

function remove_family(register: Registry<any>, prefix: string): void {
  for (const { name } of METRICS) register.removeSingleMetric(prefix + name);
}

type MountsStats = [mount: string, MountStats][];

/** A scrape asks every metric in one turn: one look at the connections is enough for all. */
function read_once_a_turn(family: Family): () => MountsStats {
  let latest: MountsStats | undefined;
  return () => {
    if (latest !== undefined) return latest;
    latest = [...family].map(([mount, mounted]) => [mount, mounted.stats()]);
    queueMicrotask(() => {
      latest = undefined;
    });
    return latest;
  };
}

/**
 * A metric whose values are counted elsewhere. prom-client's own classes count by themselves:
 * there is no way to set a histogram.
 */
class ScrapedMetric {
  /** prom-client cuts `_total` off, where its register speaks OpenMetrics. */
  name: string;
  readonly help: string;
  readonly type: MetricDefinition['type'];
  readonly aggregator: MetricDefinition['aggregator'];
  readonly #definition: MetricDefinition;
  readonly #read: () => MountsStats;

  constructor(prefix: string, definition: MetricDefinition, read: () => MountsStats) {
    this.name = prefix + definition.name;
    this.help = definition.help;
    this.type = definition.type;
    this.aggregator = definition.aggregator;
    this.#definition = definition;
    this.#read = read;
  }

  async get() {
    const { name, help, type, aggregator } = this;
    const values = this.#read().flatMap(([mount, stats]) =>
      this.#definition.read(stats).map(({ suffix, labels, value }) => ({
        ...(suffix !== undefined && { metricName: name + suffix }),
        labels: mount === '' ? labels : { mount, ...labels },
        value,
      })),
    );
    return { name, help, type, aggregator, values };
  }

  /** Called by `register.resetMetrics()`: what a mount has counted stays. */
  reset(): void {}
}
