import { defineConfig } from 'vite';
import { offline } from '../playground/offline.ts';
import { pack } from '../playground/pack.ts';

/** A running Heddle that `npm run dev` forwards /graphql to. */
const heddle = process.env.HEDDLE_URL ?? 'http://127.0.0.1:4000';

export default defineConfig({
  base: './',
  plugins: [offline(), pack()],
  resolve: { conditions: ['heddle-source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: '../../router/serve/playground/dist/examples/code',
    emptyOutDir: true,
    target: 'es2022',
    license: { fileName: 'licenses.md' },
    chunkSizeWarningLimit: 1024,
  },
  server: { host: '127.0.0.1', proxy: { '/graphql': { target: heddle, ws: true } } },
});
