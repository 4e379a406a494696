import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { neutral, rooms, welcome } from './welcome';

const chat = `
  type Query { rooms(first: Int): RoomConnection! room(id: ID!): Room }
  type RoomConnection { totalCount: Int! edges: [RoomEdge!]! }
  type RoomEdge { node: Room! }
  type Room { id: ID! title: String! viewerRole: String owner: User! messages(last: Int): MessageConnection! }
  type MessageConnection { edges: [MessageEdge!]! }
  type MessageEdge { node: Message! }
  type Message { id: ID! text: String! author: User createdAt: String! }
  type User { username: String! }
  input CreateRoomInput { title: String! }
  type CreateRoomPayload { room: Room! }
  input CreateMessageInput { roomId: ID! text: String! }
  type CreateMessagePayload { message: Message! }
  input JoinRoomInput { roomId: ID! }
  type Mutation {
    createRoom(input: CreateRoomInput!): CreateRoomPayload!
    joinRoom(input: JoinRoomInput!): CreateRoomPayload!
    createMessage(input: CreateMessageInput!): CreateMessagePayload!
  }
  type Subscription { messageCreated(roomId: ID!): Message! }
`;

test.each([
  ['a graph with rooms', chat, rooms],
  ['a graph with other rooms', 'type Query { rooms: [String] }', neutral],
  ['a graph without', 'type Query { hello: String }', neutral],
])('welcome to %s', (_situation, sdl, expected) => {
  expect(welcome(buildSchema(sdl))).toBe(expected);
});

test('both greetings are well-formed', () => {
  expect(() => [parse(neutral), parse(rooms)]).not.toThrow();
});
