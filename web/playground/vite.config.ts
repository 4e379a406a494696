import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { offline } from './offline.ts';
import { pack } from './pack.ts';

/** A running Heddle that `npm run dev` forwards /graphql to. */
const heddle = process.env.HEDDLE_URL ?? 'http://127.0.0.1:4000';

export default defineConfig({
  base: './', // the page works under any path of the router
  plugins: [react(), offline(), pack()],
  build: {
    outDir: '../../router/serve/playground/dist',
    emptyOutDir: true, // public/ puts the .gitkeep back
    target: 'es2022',
    license: { fileName: 'licenses.md' },
    rolldownOptions: { onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log) },
    chunkSizeWarningLimit: 4096, // the editor is one big chunk, loaded after the first paint
  },
  server: { host: '127.0.0.1', proxy: { '/graphql': { target: heddle, ws: true } } },
});
