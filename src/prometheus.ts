// For prom-client, an optional peer: nothing else imports it.

export {
  type Measured,
  type PrometheusOptions,
  prometheus_metrics,
} from './metrics/prometheus.ts';
