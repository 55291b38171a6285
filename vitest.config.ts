import { defineConfig } from 'vitest/config';

const common = {
  environment: 'node',
  exclude: ['test/host/**', 'test/ui/**', 'test/demo/**', 'test/bench/**'],
} as const;

/** `unit` needs nothing; `pages` needs Chromium; `real` needs the Ollama that test/setup/test.ts starts (address in SWITCHYARD_TEST_OLLAMA). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...common.exclude, 'test/webview/**', '**/*.real.test.ts'],
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
    ],
  },
});
