import { defineConfig } from 'vitest/config';

const common = {
  environment: 'node',
  exclude: ['test/host/**', 'test/ui/**', 'test/demo/**'],
} as const;

/** They take long: the step `proof` runs them. */
const PROOF = ['test/proof/sequences.test.ts', 'test/proof/namespace/**'];

/**
 * `unit` needs nothing; `pages` needs Chromium; `real` needs the Ollama that test/setup/test.ts starts (address in
 * SWITCHYARD_TEST_OLLAMA); `proof` takes half a minute; `namespace` runs where test/proof/namespace.ts puts it.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...common.exclude, 'test/webview/**', '**/*.real.test.ts', ...PROOF],
        },
      },
      {
        test: {
          ...common,
          name: 'pages',
          exclude: [...common.exclude],
          include: ['test/webview/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          ...common,
          name: 'real',
          include: ['test/**/*.real.test.ts'],
          exclude: [...common.exclude],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // One server serves them all.
          fileParallelism: false,
        },
      },
      {
        test: {
          ...common,
          name: 'proof',
          include: ['test/proof/sequences.test.ts'],
          exclude: [...common.exclude],
          testTimeout: 180_000,
        },
      },
      {
        test: {
          ...common,
          name: 'namespace',
          include: ['test/proof/namespace/*.test.ts'],
          exclude: [...common.exclude],
          globalSetup: ['test/proof/namespace/network.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
