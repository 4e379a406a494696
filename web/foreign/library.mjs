// A library as three subgraphs, each on another server: books on GraphQL Yoga, lending on GraphQL Yoga with graphql-ws
// for its subscription, readers on graphql-http. Prints one line of JSON with their addresses once all of them listen,
// and ends when its input ends.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';

const books = [
  { isbn: '1', title: 'The Loom', weight: 400 },
  { isbn: '2', title: 'The Shuttle', weight: 250 },
  { isbn: '3', title: 'A Pamphlet', weight: null },
];
const readers = [
  { card: 'r1', name: 'Wanda' },
  { card: 'r2', name: 'Fred' },
];
const loans = [];
const waiting = new Set();

function schemaOf(name, resolvers) {
  const text = readFileSync(new URL(`${name}.graphql`, import.meta.url), 'utf8');
  return buildSubgraphSchema([{ typeDefs: parse(text), resolvers }]);
}

function booksSchema() {
  const find = (isbn) => books.find((book) => book.isbn === isbn) ?? null;
  return schemaOf('books', {
    Query: { books: () => books, book: (_, { isbn }) => find(isbn) },
    Book: { __resolveReference: ({ isbn }) => find(isbn), shelf: () => ({ room: 'Weaving' }) },
  });
}

function lendingSchema() {
  return schemaOf('lending', {
    Mutation: { lend: (_, loan) => lend(loan) },
    Subscription: { lent: { subscribe: () => listen(), resolve: (loan) => loan } },
    Loan: { book: ({ isbn }) => ({ isbn }), reader: ({ card }) => ({ card }) },
    Book: {
      __resolveReference: (reference) => reference,
      postage: ({ weight }) => (weight == null ? null : Math.ceil(weight / 100) * 50),
      loans: ({ isbn }) => loans.filter((loan) => loan.isbn === isbn),
    },
  });
}

function readersSchema() {
  const find = (card) => readers.find((reader) => reader.card === card) ?? null;
  return schemaOf('readers', { Query: { readers: () => readers }, Reader: { __resolveReference: ({ card }) => find(card) } });
}

function lend(loan) {
  loans.push(loan);
  for (const hear of waiting) hear(loan);
  return loan;
}

async function* listen() {
  const queue = [];
  let wake = () => {};
  const hear = (loan) => (queue.push(loan), wake());
  waiting.add(hear);
  try {
    for (;;) {
      while (queue.length > 0) yield queue.shift();
      await new Promise((resolve) => (wake = resolve));
    }
  } finally {
    waiting.delete(hear);
  }
}

function open(server) {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/graphql`));
  });
}

const lending = lendingSchema();
const lendingServer = createServer(createYoga({ schema: lending, logging: false }));
useServer({ schema: lending }, new WebSocketServer({ server: lendingServer, path: '/graphql' }));

console.log(
  JSON.stringify({
    books: await open(createServer(createYoga({ schema: booksSchema(), logging: false }))),
    lending: await open(lendingServer),
    readers: await open(createServer(createHandler({ schema: readersSchema() }))),
  }),
);
process.stdin.resume().on('end', () => process.exit(0));
