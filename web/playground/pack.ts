import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Packs the files under assets/ with gzip: the router hands them out as they are, and its binary stays small. */
export function pack(): Plugin {
  let assets: string;
  return {
    name: 'pack',
    apply: 'build',
    writeBundle(options) {
      assets = join(options.dir!, 'assets');
    },
    closeBundle() {
      for (const name of readdirSync(assets)) {
        const file = join(assets, name);
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
        unlinkSync(file);
      }
    },
  };
}
