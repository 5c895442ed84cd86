import { register as default_register, type Gauge, type Registry } from 'prom-client';
import { WebsocketsError } from '../core/base/errors.ts';
import { describe } from '../core/base/problems.ts';
import type { MountStats } from '../core/mount/mount.ts';
import { METRICS, type MetricDefinition } from './samples.ts';

/** An object whose statistics are exported: the result of `mount_websockets` or of `app()`. */
export interface Measured {
  stats(): MountStats;
}

export interface PrometheusOptions {
  /**
   * The registry to which the metrics are added.
   *
   * @default the default registry of prom-client
   */
  register?: Registry<any> | undefined;
  /**
   * The start of the metric names.
   *
   * @default 'joystick_websockets_'
   */
  prefix?: string | undefined;
  /**
   * The value of the label `mount`, which distinguishes several mounts in one registry. Without this option, the
   * metrics have no such label.
   */
  mount?: string | undefined;
}

/** The mounts that share one set of metrics in a registry, by their `mount` option. */
type Family = Map<string, Measured>;

/** The families of each registry, by prefix. */
const families = new WeakMap<Registry<any>, Map<string, Family>>();

/**
 * Exports the statistics of a mount as metrics for Prometheus. The statistics are read at each scrape, and cost nothing
 * in between.
 *
 * @returns a function that removes the metrics again.
 * @throws {WebsocketsError} `bad_argument`, if the first argument has no statistics, if the prefix cannot begin a metric
 * name, if the registry has another metric of the same name, or if a mount of the same name is already exported.
 */
export function prometheus_metrics(mounted: Measured, options: PrometheusOptions = {}): () => void {
  const { register = default_register, prefix = 'joystick_websockets_', mount = '' } = options;
  check(mounted, prefix);
  const by_prefix = families.get(register) ?? new Map<string, Family>();
  families.set(register, by_prefix);
  const has_family = register.getSingleMetric(prefix + METRICS[0]?.name) !== undefined;
  // The registry may have been cleared in the meantime.
  const family = (has_family && by_prefix.get(prefix)) || create_family(register, prefix);
  by_prefix.set(prefix, family);
  if (family.has(mount)) {
    const name = mount === '' ? 'without a name' : `called ${JSON.stringify(mount)}`;
    const message = `a mount ${name} is already exported; give each mount its own name with the option mount`;
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
    fail(
      'mounted',
      'the first argument of prometheus_metrics must be the result of mount_websockets() or app(); ' +
        `got ${describe(mounted)}`,
    );
  }
  if (!/^[a-z_:][\w:]*$/i.test(prefix)) {
    fail(
      'prefix',
      'the prefix must begin with a letter, _ or :, and contain only letters, digits, _ and :; ' +
        `got ${describe(prefix)}`,
    );
  }
}

function create_family(register: Registry<any>, prefix: string): Family {
  const family: Family = new Map();
  const read = read_once_a_turn(family);
  const metrics = METRICS.map((definition) => new ScrapedMetric(prefix, definition, read));
  const taken = metrics.find(({ name }) => register.getSingleMetric(name) !== undefined);
  if (taken !== undefined) {
    const message = `the registry already has a metric called ${taken.name}; use another prefix`;
    throw new WebsocketsError('bad_argument', message, { argument: 'prefix' });
  }
  for (const metric of metrics) {
    // ScrapedMetric has everything that prom-client uses of a metric, but the types require its own classes.
    register.registerMetric(metric as unknown as Gauge);
  }
  return family;
}

function remove_family(register: Registry<any>, prefix: string): void {
  for (const { name } of METRICS) register.removeSingleMetric(prefix + name);
}

type MountsStats = [mount: string, MountStats][];

/** A scrape reads all metrics in one turn, so the statistics are read once for all of them. */
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
 * A metric whose values are counted elsewhere. The classes of prom-client do not allow this: a histogram, for example,
 * cannot be set.
 */
class ScrapedMetric {
  /** Not readonly: if the registry uses OpenMetrics, prom-client removes `_total` from it. */
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

  /** Called by `register.resetMetrics()`. It does nothing: the statistics of a mount cannot be reset. */
  reset(): void {}
}
