// Files from clients other people wrote: apollo-upload-client, and urql, which sends them by itself.
// HEDDLE_URL is a router over the subgraph of router/testdata/files.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';

const endpoint = `${process.env.HEDDLE_URL}/graphql`;
const fields = '{ name contentType size sum title }';
const one = `mutation One($file: Upload!, $title: String) { keep(file: $file, title: $title) ${fields} }`;
const several = `mutation Several($files: [Upload!]!) { keepAll(files: $files) ${fields} }`;
const nested = `mutation Nested($album: Album!) { keepAlbum(album: $album) ${fields} }`;
const refused = `mutation Refused($file: Upload!) { keep(file: $file, title: $file) ${fields} }`;

const file = (name, content, type = 'text/plain') => new File([content], name, { type });
const kept = (name, content, title = null, contentType = 'text/plain') => ({
  name, contentType, size: Buffer.byteLength(content), sum: createHash('sha256').update(content).digest('hex').slice(0, 8), title,
});
const plain = (value) => JSON.parse(JSON.stringify(value, (key, v) => (key === '__typename' ? undefined : v)));

const clients = {
  'Apollo Client with apollo-upload-client': () => {
    const client = new ApolloClient({ link: new UploadHttpLink({ uri: endpoint }), cache: new InMemoryCache() });
    return async (mutation, variables) => {
      const { data, error } = await client.mutate({ mutation: gql(mutation), variables, errorPolicy: 'all' });
      return { data: data && plain(data), errors: error?.errors?.map((e) => e.extensions.code) };
    };
  },
  urql: () => {
    const client = new Client({ url: endpoint, exchanges: [fetchExchange], preferGetMethod: false });
    return async (mutation, variables) => {
      const { data, error } = await client.mutation(mutation, variables).toPromise();
      return { data: data && plain(data), errors: error?.graphQLErrors.map((e) => e.extensions.code) };
    };
  },
};

for (const [name, connect] of Object.entries(clients)) {
  test(name, { timeout: 60_000 }, async (t) => {
    const mutate = connect();
    await t.test('one file', async () => {
      const { data, errors } = await mutate(one, { file: file('ä b.txt', 'Grüße'), title: 'Greetings' });
      assert.equal(errors, undefined);
      assert.deepEqual(data.keep, kept('ä b.txt', 'Grüße', 'Greetings'));
    });
    await t.test('a file of 8 MB', async () => {
      const content = 'x'.repeat(8 << 20);
      const { data } = await mutate(one, { file: file('large.bin', content, 'application/octet-stream') });
      assert.deepEqual(data.keep, kept('large.bin', content, null, 'application/octet-stream'));
    });
    await t.test('a list of files', async () => {
      const { data } = await mutate(several, { files: [file('a.txt', 'a'), file('b.txt', 'bb')] });
      assert.deepEqual(data.keepAll, [kept('a.txt', 'a'), kept('b.txt', 'bb')]);
    });
    await t.test('files within an input object', async () => {
      const album = { title: 'Trip', cover: file('cover.png', 'png', 'image/png'), pages: [{ text: 'none' }, { scan: file('two.txt', '2') }] };
      const { data, errors } = await mutate(nested, { album });
      assert.equal(errors, undefined);
      assert.deepEqual(data.keepAlbum.map((k) => k.name), ['cover.png', 'two.txt']);
    });
    await t.test('a refusal', async () => {
      const { data, errors } = await mutate(refused, { file: file('a.txt', 'a') });
      assert.deepEqual([data ?? null, errors], [null, ['GRAPHQL_VALIDATION_FAILED']]);
    });
  });
}
