import { parse, validate, type GraphQLSchema } from 'graphql';

const greeting = `# Welcome to Heddle: one endpoint over many domains.
#
# Write a query and run it with Ctrl+Enter, or with
# the play button. Ctrl+Space completes, and the
# book at the left explains every type.
`;

/** The first tab over a graph we know nothing of. */
export const neutral = `${greeting}
query Hello {
  __typename
}
`;

/** The first tab over a graph with rooms to talk in. */
export const rooms = `${greeting}#
# This graph has rooms where people talk. To watch a
# message arrive:
#
#   1. Sign up or in, at the top right.
#   2. Run NewRoom, and put the room's id into the
#      variables below: { "roomId": "…" }
#   3. Run Listen: it waits for messages.
#   4. In a second window, sign in and run Say. If
#      you are somebody else there, run Join first.
#
# With several operations in one tab, the one at the
# cursor runs, and the play button lists them all.

query Rooms {
  rooms(first: 10) {
    totalCount
    edges {
      node {
        id
        title
        viewerRole
        owner {
          username
        }
      }
    }
  }
}

mutation NewRoom {
  createRoom(input: { title: "My first room" }) {
    room {
      id
      title
    }
  }
}

mutation Join($roomId: ID!) {
  joinRoom(input: { roomId: $roomId }) {
    room {
      title
    }
  }
}

subscription Listen($roomId: ID!) {
  messageCreated(roomId: $roomId) {
    text
    createdAt
    author {
      username
    }
  }
}

mutation Say($roomId: ID!) {
  createMessage(input: { roomId: $roomId, text: "Hello from the playground" }) {
    message {
      id
    }
  }
}

query Conversation($roomId: ID!) {
  room(id: $roomId) {
    title
    messages(last: 20) {
      edges {
        node {
          text
          author {
            username
          }
        }
      }
    }
  }
}
`;

/** The welcome that fits a schema: only what the graph can answer is offered. */
export function welcome(schema: GraphQLSchema): string {
  return validate(schema, parse(rooms)).length === 0 ? rooms : neutral;
}
