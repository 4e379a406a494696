import { describe, expect, test } from 'vitest';
import { bearerIn, hasAuthorization, placeholder, withBearer, withoutBearer, withoutTokens } from './headers';

describe('withBearer', () => {
  test('into an empty editor', () => {
    expect(withBearer('  \n', 'a.b.c')).toBe('{\n  "Authorization": "Bearer a.b.c"\n}');
  });
  test('beside other headers, whose comments stay', () => {
    expect(withBearer('{\n  // for the trace\n  "X-Request-Id": "7"\n}', 'a.b.c')).toBe(
      '{\n  // for the trace\n  "X-Request-Id": "7",\n  "Authorization": "Bearer a.b.c"\n}',
    );
  });
  test('in place of another, under the name it has', () => {
    expect(withBearer('{ "authorization": "Basic xyz" }', 'a.b.c')).toBe('{ "authorization": "Bearer a.b.c" }');
  });
  test.each(['{ "X-', '[]', '"text"', '{} {}'])('not into what is no JSON object: %s', (text) => {
    expect(withBearer(text, 'a.b.c')).toBe(text);
  });
});

describe('withoutBearer', () => {
  test('leaves the editor empty when nothing else was in it', () => {
    expect(withoutBearer('{\n  "Authorization": "Bearer a.b.c"\n}')).toBe('');
  });
  test('leaves other headers', () => {
    expect(withoutBearer('{\n  "X-Request-Id": "7",\n  "Authorization": "Bearer a.b.c"\n}')).toBe('{\n  "X-Request-Id": "7"\n}');
  });
  test('has nothing to do', () => {
    expect(withoutBearer('{ "X-Request-Id": "7" }')).toBe('{ "X-Request-Id": "7" }');
  });
});

test.each([
  ['{ "Authorization": "Bearer a.b.c" }', 'a.b.c', true],
  ['{ "AUTHORIZATION": "bearer  a.b.c ", }', 'a.b.c', true],
  ['{ "Authorization": "Basic xyz" }', undefined, true],
  ['{ "Authorization": 7 }', undefined, true],
  ['{ "Cookie": "a=b" }', undefined, false],
  ['', undefined, false],
  ['{ "Authorization": ', undefined, false],
])('bearerIn and hasAuthorization of %s', (text, bearer, has) => {
  expect(bearerIn(text)).toBe(bearer);
  expect(hasAuthorization(text)).toBe(has);
});

test('withoutTokens takes tokens out of text of any kind', () => {
  const history = JSON.stringify({ queries: [{ headers: '{"Authorization": "Bearer eyJh-b_.eyJz.si-g_"}' }] });
  expect(withoutTokens(history)).toBe(JSON.stringify({ queries: [{ headers: `{"Authorization": "Bearer ${placeholder}"}` }] }));
  expect(withoutTokens('query Bearer { a.b }')).toBe('query Bearer { a.b }');
});
