import { defineConfig } from 'vitest/config';

/** Against a running Heddle, which HEDDLE_URL names. */
export default defineConfig({ test: { include: ['live/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } });
