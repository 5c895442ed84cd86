// Version 1
export default {
  compatibilityDate: '2025-10-01',
  telemetry: false,
  // Builds a request listener for a server of one's own.
  nitro: { preset: 'node' },
};
