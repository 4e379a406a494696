import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/**
 * Addresses that stand in the bundled scripts as text only: names of XML namespaces, links in messages.
 * Nothing loads them. Any other address fails the build, so that somebody looks at it.
 */
const onlyText = [
  'http://www.w3.org/',
  'https://react.dev/errors/',
  'https://github.com/',
  'https://code.visualstudio.com/',
  'http://json-schema.org/',
  'https://json-schema.org/',
  'https://commonmark.org/',
  'https://en.wikipedia.org/',
  'https://microsoft.com',
  'https://prettier.io/docs/',
  'https://yarnpkg.com/en/docs/',
];

/** What a built file loads from another origin, or, for a script, may load. */
export function outsideAddresses(file: string, content: string): string[] {
  if (file.endsWith('.html') || file.endsWith('.svg')) return [...loadedByMarkup(content), ...loadedByStyles(content)];
  if (file.endsWith('.css')) return loadedByStyles(content);
  return file.endsWith('.js') ? namedByScript(content) : []; // fonts, and the licenses of what is bundled
}

function namedByScript(script: string): string[] {
  const addresses = script.match(/\b(?:https?|wss?):\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"'`\\<>)]*/gi) ?? [];
  const imports = [...script.matchAll(/\b(?:from|import|importScripts|Worker)\s*\(?\s*["'`]((?:https?:)?\/\/[^"'`]+)/g)];
  return [
    ...addresses.filter((address) => !onlyText.some((known) => address.startsWith(known))),
    ...imports.map(([, address]) => address!),
  ];
}

function loadedByMarkup(markup: string): string[] {
  const loading = markup.matchAll(/\s(?:src|href|action|srcset|poster|data)\s*=\s*["']?([^"'\s>]+)/gi);
  return [...loading].map(([, address]) => address!).filter(isOutside);
}

function loadedByStyles(css: string): string[] {
  const loading = css.matchAll(/url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)/gi);
  return [...loading].map(([, url, imported]) => (url ?? imported)!).filter(isOutside);
}

function isOutside(address: string): boolean {
  return /^(?!data:)(?:[a-z][a-z0-9+.-]*:)?\/\//i.test(address);
}

/** Reads what was built and fails the build when the page would fetch anything from another origin. */
export function offline(): Plugin {
  let folder: string;
  return {
    name: 'offline',
    apply: 'build',
    writeBundle(options) {
      folder = options.dir!;
    },
    closeBundle() {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const found = files.flatMap(({ parentPath, name }) =>
        outsideAddresses(name, readFileSync(join(parentPath, name), 'utf8')).map((address) => `${name}: ${address}`),
      );
      if (found.length > 0)
        this.error(`The playground must work offline, but the built files name other origins:\n${[...new Set(found)].join('\n')}`);
    },
  };
}
