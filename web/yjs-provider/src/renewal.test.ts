import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import * as Y from 'yjs';
import { HeddleProvider } from './provider.js';
import { renewIn } from './renewal.js';

/** A token that ends then, in milliseconds since 1970. */
function tokenUntil(end: number, name = 'a'): string {
  return `e30.${Buffer.from(JSON.stringify({ exp: end / 1000, sub: name })).toString('base64url')}.signature`;
}

test.each([
  [15 * 60_000, 15 * 60_000 - 20_000],
  [30_000, 15_000],
  [1000, 500],
  [-1000, 0],
  [365 * 24 * 3600_000, 24 * 3600_000],
])('a token that lasts %i ms more is replaced in %i ms', (rest, wait) => {
  const now = 1_700_000_000_000;
  expect(renewIn(tokenUntil(now + rest), now)).toBe(wait);
});

test.each(['', 'opaque', 'a.b.c', `e30.${btoa('{}')}.x`])('%j does not say when it ends', (token) => {
  expect(renewIn(token, 0)).toBeUndefined();
});

test('a connection goes on with another token before its own ends', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const said: { type: string; payload?: { Authorization?: string } }[] = [];
  const renewed = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as (typeof said)[number];
        said.push(message);
        if (message.type === 'connection_init') socket.send('{"type":"connection_ack"}');
        if (message.type === 'ping') resolve();
      });
    });
  });
  const tokens = [tokenUntil(Date.now() + 200, 'first'), tokenUntil(Date.now() + 3600_000, 'second')];
  const [first, second] = tokens;
  const provider = new HeddleProvider({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    roomId: 'r',
    doc: new Y.Doc(),
    token: () => tokens.shift(),
    webSocketImpl: WebSocket,
  });
  onTestFinished(() => provider.destroy());
  await renewed;
  expect(server.clients.size).toBe(1);
  expect(said.filter(({ payload }) => payload?.Authorization).map(({ type, payload }) => [type, payload!.Authorization])).toEqual([
    ['connection_init', `Bearer ${first}`],
    ['ping', `Bearer ${second}`],
  ]);
});
