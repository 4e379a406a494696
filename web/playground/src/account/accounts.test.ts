import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { accountsOf, type AccountMutation } from './accounts';

const heddle = buildSchema(`
  type Query { me: User }
  type User { id: ID! username: String! }
  type AuthPayload { accessToken: String! refreshToken: String! expiresAt: String! user: User! }
  type SignOutPayload { signedOut: Boolean! }
  input SignInInput { email: String! password: String! }
  input SignUpInput { email: String! password: String! username: String! firstName: String lastName: String idempotencyKey: String }
  input SignOutInput { everywhere: Boolean = false }
  input RefreshTokenInput { refreshToken: String! }
  type Mutation {
    signIn(input: SignInInput!): AuthPayload!
    signUp(input: SignUpInput!): AuthPayload!
    signOut(input: SignOutInput): SignOutPayload!
    refreshToken(input: RefreshTokenInput!): AuthPayload!
  }
`);

describe('accountsOf', () => {
  test('a graph with accounts', () => {
    const accounts = accountsOf(heddle)!;
    expect(accounts).toEqual({
      signIn: {
        name: 'signIn',
        document:
          'mutation SignIn($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken expiresAt user { id username } } }',
        inputs: ['email', 'password'],
      },
      signUp: {
        name: 'signUp',
        document:
          'mutation SignUp($input: SignUpInput!) { signUp(input: $input) { accessToken refreshToken expiresAt user { id username } } }',
        inputs: ['email', 'password', 'username', 'firstName', 'lastName'],
      },
      refreshToken: {
        name: 'refreshToken',
        document:
          'mutation RefreshToken($input: RefreshTokenInput!) { refreshToken(input: $input) { accessToken refreshToken expiresAt user { id username } } }',
        inputs: ['refreshToken'],
      },
      signOut: {
        name: 'signOut',
        document: 'mutation SignOut($input: SignOutInput) { signOut(input: $input) { __typename } }',
        inputs: ['everywhere'],
      },
    });
    for (const { document } of Object.values<AccountMutation>({ ...accounts })) expect(validate(heddle, parse(document))).toEqual([]);
  });

  test.each([
    ['no mutations', 'type Query { a: Int }'],
    ['no signIn', 'type Query { a: Int } type Mutation { a: Int }'],
    ['plain arguments', 'type Query { a: Int } type P { accessToken: ID } type Mutation { signIn(email: String!, password: String!): P }'],
    [
      'a code to fill in',
      'type Query { a: Int } type P { accessToken: ID } input I { email: ID password: ID code: ID! } type Mutation { signIn(input: I!): P }',
    ],
    [
      'no token in the answer',
      'type Query { a: Int } type P { ok: Boolean } input I { email: ID password: ID } type Mutation { signIn(input: I!): P }',
    ],
    ['an answer that is no object', 'type Query { a: Int } input I { email: ID password: ID } type Mutation { signIn(input: I!): String }'],
  ])('a graph with %s', (_situation, sdl) => {
    expect(accountsOf(buildSchema(sdl))).toBeUndefined();
  });

  test('a graph that only signs in', () => {
    const sdl =
      'type Query { a: Int } type P { accessToken: ID } input I { email: ID password: ID } type Mutation { signIn(input: I!): P }';
    expect(accountsOf(buildSchema(sdl))).toEqual({
      signIn: {
        name: 'signIn',
        document: 'mutation SignIn($input: I!) { signIn(input: $input) { accessToken } }',
        inputs: ['email', 'password'],
      },
    });
  });
});
