import {
  getNamedType,
  isInputObjectType,
  isObjectType,
  isRequiredInputField,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

/** One mutation of the graph that takes a single `input`, and what of it a form may fill in. */
export interface AccountMutation {
  readonly name: string;
  readonly document: string;
  readonly inputs: readonly string[];
}

/** How people get a token from a graph: the mutations it has for that. */
export interface Accounts {
  readonly signIn: AccountMutation;
  readonly signUp?: AccountMutation;
  readonly refreshToken?: AccountMutation;
  readonly signOut?: AccountMutation;
}

/** What a form knows how to ask for, in the order it asks. */
const known = ['email', 'password', 'username', 'firstName', 'lastName'];

/**
 * Reads from a schema how people sign in. Undefined when the graph has no `signIn(input: {email, password})`
 * that answers with an `accessToken`: then this playground offers no sign-in.
 */
export function accountsOf(schema: GraphQLSchema): Accounts | undefined {
  const signIn = granting(schema, 'signIn', known, ['email', 'password']);
  if (!signIn) return undefined;
  return {
    signIn,
    signUp: granting(schema, 'signUp', known, ['email', 'password']),
    refreshToken: granting(schema, 'refreshToken', ['refreshToken'], ['refreshToken']),
    signOut: mutation(schema, 'signOut', ['everywhere'], [], () => '__typename'),
  };
}

function granting(schema: GraphQLSchema, name: string, fillable: string[], needed: string[]) {
  return mutation(schema, name, fillable, needed, (payload) => {
    if (!payload.getFields().accessToken) return undefined;
    return ['accessToken', 'refreshToken', 'expiresAt'].filter((f) => payload.getFields()[f]).join(' ') + userOf(payload);
  });
}

function userOf(payload: GraphQLObjectType): string {
  const user = getNamedType(payload.getFields().user?.type);
  if (!isObjectType(user)) return '';
  const fields = ['id', 'username'].filter((f) => user.getFields()[f]);
  return fields.length > 0 ? ` user { ${fields.join(' ')} }` : '';
}

function mutation(
  schema: GraphQLSchema,
  name: string,
  fillable: string[],
  needed: string[],
  select: (payload: GraphQLObjectType) => string | undefined,
): AccountMutation | undefined {
  const field = schema.getMutationType()?.getFields()[name];
  const argument = field?.args.find((a) => a.name === 'input');
  const input = argument && getNamedType(argument.type);
  const payload = field && getNamedType(field.type);
  if (!argument || !isInputObjectType(input) || !isObjectType(payload)) return undefined;
  const selection = select(payload);
  if (!selection || !canFill(input, fillable, needed)) return undefined;
  const operation = name[0]!.toUpperCase() + name.slice(1);
  return {
    name,
    document: `mutation ${operation}($input: ${argument.type.toString()}) { ${name}(input: $input) { ${selection} } }`,
    inputs: fillable.filter((f) => input.getFields()[f]),
  };
}

function canFill(input: GraphQLInputObjectType, fillable: string[], needed: string[]): boolean {
  const fields = input.getFields();
  const required = Object.values(fields).filter(isRequiredInputField);
  return needed.every((f) => fields[f]) && required.every((f) => fillable.includes(f.name));
}
