// Executes requests with graphql-js over a schema and data: one JSON object {sdl, cases: [{data, query, variables,
// operationName, failing}]} a line on standard input, one JSON list of answers {data, errors: [{path, message}]}, or
// {invalid: messages}, a line on standard output. The fields that fail are named as Type.field.
import { createInterface } from 'node:readline';
import { buildSchema, executeSync, parse, validate } from 'graphql';
import { resolved } from './data.mjs';

function answer(schema, { data, query, variables, operationName, failing = [] }) {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return { invalid: [error.message] };
  }
  const wrong = validate(schema, document);
  if (wrong.length > 0) return { invalid: wrong.map((error) => error.message) };
  const objects = new Map(); // by their paths
  const result = executeSync({
    schema,
    document,
    operationName,
    variableValues: variables,
    rootValue: undefined,
    typeResolver: (value) => value.__typename,
    fieldResolver(source, args, _, info) {
      const coordinate = `${info.parentType.name}.${info.fieldName}`;
      if (failing.includes(coordinate)) throw new Error(`${coordinate} fails`);
      const own = source ?? data[info.parentType.name];
      objects.set(info.path.prev, own);
      return resolved(own, info.fieldName, args, data, (has) => {
        for (let at = info.path.prev; at; at = at.prev) if (has(objects.get(at) ?? {})) return objects.get(at);
      });
    },
  });
  if (!('data' in result)) return { invalid: result.errors.map((error) => error.message) };
  return { data: result.data, errors: result.errors?.map(({ path, message }) => ({ path, message })) };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { sdl, cases } = JSON.parse(line);
  const schema = buildSchema(sdl);
  process.stdout.write(JSON.stringify(cases.map((one) => answer(schema, one))) + '\n');
}
