// For prom-client, an optional peer dependency. No other entry imports it.

export {
  type Measured,
  type PrometheusOptions,
  prometheus_metrics,
} from './metrics/prometheus.ts';
