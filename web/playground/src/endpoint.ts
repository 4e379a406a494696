/** Where the graph answers: `/graphql` on the origin that the page came from. */
export const endpoint = new URL('/graphql', location.href).href;

/** The same place for subscriptions, over WebSocket. */
export const socketEndpoint = endpoint.replace(/^http/, 'ws');
