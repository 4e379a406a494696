import { describe, expect, test } from 'vitest';
import { outsideAddresses } from './offline.ts';

describe('outsideAddresses', () => {
  test.each([
    ['a page that loads a script', 'index.html', '<script src="https://cdn.example/x.js"></script>', ['https://cdn.example/x.js']],
    ['a page without a protocol', 'index.html', "<link rel=stylesheet href='//cdn.example/x.css'>", ['//cdn.example/x.css']],
    ['a page with a style', 'index.html', '<style>@import "https://fonts.example/f.css"</style>', ['https://fonts.example/f.css']],
    ['styles with a font', 'a.css', '@font-face { src: url(https://fonts.example/f.woff2) }', ['https://fonts.example/f.woff2']],
    ['styles that import', 'a.css', "@import url('//fonts.example/f.css');", ['//fonts.example/f.css']],
    ['a script that names an address', 'a.js', 'fetch("https://api.example/v1")', ['https://api.example/v1']],
    ['a script that opens a socket', 'a.js', 'new WebSocket(`wss://live.example`)', ['wss://live.example']],
    ['a script that imports', 'a.js', 'import("//cdn.example/m.js")', ['//cdn.example/m.js']],
    ['a known address that is imported all the same', 'a.js', 'import x from "https://github.com/x.js"', ['https://github.com/x.js']],
  ])('finds %s', (_situation, file, content, expected) => {
    expect(outsideAddresses(file, content)).toEqual(expected);
  });

  test.each([
    ['files beside the page', 'index.html', '<script src="./assets/a.js"></script><link href="favicon.svg">'],
    ['a font within the styles', 'a.css', '@font-face { src: url(data:font/woff2;base64,d09//GMg) }'],
    ['a name of a namespace', 'a.js', 'e.createElementNS("http://www.w3.org/2000/svg", "path")'],
    ['a picture’s own namespace', 'a.svg', '<svg xmlns="http://www.w3.org/2000/svg"></svg>'],
    ['a comment', 'a.js', 'a // b.c'],
    ['a license', 'licenses.md', 'https://www.apache.org/licenses/'],
  ])('passes %s', (_situation, file, content) => {
    expect(outsideAddresses(file, content)).toEqual([]);
  });
});
