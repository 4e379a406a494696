/** What the provider asks the graph, and what it is answered. */

export const codeUpdated = `subscription CodeUpdated($roomId: ID!, $stateVector: Bytes, $clientId: String) {
  codeUpdated(roomId: $roomId, stateVector: $stateVector, clientId: $clientId) { update catchUp }
}`;

export interface CodeUpdated {
  codeUpdated: { update: string; catchUp: boolean };
}

export const applyCodeUpdate = `mutation ApplyCodeUpdate($input: ApplyCodeUpdateInput!) {
  applyCodeUpdate(input: $input) { number }
}`;

export interface ApplyCodeUpdate {
  applyCodeUpdate: { number: number };
}

export const stateVector = `query StateVector($roomId: ID!) { codeDocument(roomId: $roomId) { stateVector } }`;

export interface StateVector {
  codeDocument: { stateVector: string };
}

export const cursorMoved = `subscription CursorMoved($roomId: ID!, $clientId: String) {
  cursorMoved(roomId: $roomId, clientId: $clientId) { clientId state user { id } }
}`;

export interface CursorMoved {
  cursorMoved: { clientId: string; state: Record<string, unknown> | null; user: { id: string } };
}

export const moveCursor = `mutation MoveCursor($input: MoveCursorInput!) { moveCursor(input: $input) { room { id } } }`;

export const person = `query Person($id: ID!) { user(id: $id) { username } }`;

export interface Person {
  user: { username: string } | null;
}
