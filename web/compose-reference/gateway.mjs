// Loads supergraphs in Hive Gateway and asks each a query: one JSON object
// {supergraph, api, subgraphs: [{name, url, sdl}]} a line on standard input, one
// JSON answer {query, data, errors} a line on standard output. The subgraphs are
// in this process and answer with made-up values.
import { createInterface } from 'node:readline'
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime'
import {
  buildASTSchema, execute, getNamedType, getNullableType, isAbstractType, isCompositeType, isEnumType, isInputObjectType,
  isLeafType, isListType, isNonNullType, isObjectType, Kind, parse,
} from 'graphql'

// made gives some value of a type.
function made(type, schema) {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return [made(nullable.ofType, schema)]
  if (isEnumType(nullable)) return nullable.getValues()[0].value
  if (isAbstractType(nullable)) return { __typename: schema.getPossibleTypes(nullable)[0]?.name }
  if (isObjectType(nullable)) return { __typename: nullable.name }
  return { Int: 1, Float: 1, Boolean: true }[nullable.name] ?? '1'
}

// subgraph answers requests as a Federation subgraph of the schema would.
function subgraph(sdl) {
  const dropped = new Set(['_Any', '_Entity', '_Service', 'FieldSet', 'federation__FieldSet', 'link__Import', 'link__Purpose'])
  const document = parse(sdl)
  let query = 'Query'
  for (const d of document.definitions) for (const o of d.operationTypes ?? []) if (o.operation === 'query') query = o.type.name.value
  const types = new Map()
  for (const d of document.definitions) {
    if (!d.kind.endsWith('TypeDefinition') && !d.kind.endsWith('TypeExtension')) continue
    if (dropped.has(d.name.value)) continue
    const fields = d.fields?.filter((f) => f.name.value !== '_service' && f.name.value !== '_entities')
    const known = types.get(d.name.value)
    const kind = d.kind.replace('Extension', 'Definition')
    if (!known) types.set(d.name.value, { ...d, kind, fields, directives: [] })
    else for (const list of ['interfaces', 'values', 'types']) known[list] = [...(known[list] ?? []), ...(d[list] ?? [])]
    if (known) known.fields = [...(known.fields ?? []), ...(fields ?? [])]
  }
  const entities = [...types.values()].filter((t) => t.kind === Kind.OBJECT_TYPE_DEFINITION && t.name.value !== query)
  const extra = parse(`
    scalar _Any
    ${entities.length ? `union _Entity = ${entities.map((t) => t.name.value).join(' | ')}` : 'scalar _Entity'}
    type ${query} { _entities(representations: [_Any!]!): [_Entity]! __made: Int }
  `).definitions
  const root = types.get(query)
  const own = extra.find((d) => d.name.value === query)
  if (root) root.fields = [...(root.fields ?? []), ...own.fields]
  else types.set(query, own)
  const operationTypes = document.definitions.flatMap((d) => d.operationTypes ?? [])
  const roots = operationTypes.length ? [{ kind: Kind.SCHEMA_DEFINITION, operationTypes }] : []
  const definitions = [...types.values(), ...extra.filter((d) => d !== own), ...roots]
  const schema = buildASTSchema({ kind: Kind.DOCUMENT, definitions }, { assumeValid: true, assumeValidSDL: true })
  return async ({ document: request, variables }) =>
    execute({
      schema,
      document: request,
      variableValues: variables,
      rootValue: {},
      typeResolver: (value) => value.__typename,
      fieldResolver: (source, args, _, info) =>
        info.fieldName === '_entities' ? args.representations : (source[info.fieldName] ?? made(info.returnType, info.schema)),
    })
}

// literal writes some value of an input type.
function literal(type) {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return '[]'
  if (isEnumType(nullable)) return nullable.getValues()[0].name
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields())
    const needed = nullable.isOneOf ? fields.slice(0, 1) : fields.filter((f) => isNonNullType(f.type) && f.defaultValue === undefined)
    return '{' + needed.map((f) => `${f.name}: ${literal(f.type)}`).join(', ') + '}'
  }
  return { Int: '1', Float: '1', Boolean: 'true' }[nullable.name] ?? '"1"'
}

// selection asks for all fields of a type, to a depth.
function selection(type, schema, depth) {
  if (isAbstractType(type)) {
    return '{ __typename ' + schema.getPossibleTypes(type).map((t, i) => `... on ${t.name} ${aliased(t, schema, depth, i)}`).join(' ') + ' }'
  }
  return aliased(type, schema, depth, '')
}

function aliased(type, schema, depth, suffix) {
  const parts = ['__typename']
  for (const field of Object.values(type.getFields())) {
    const named = getNamedType(field.type)
    const needed = field.args.filter((a) => isNonNullType(a.type) && a.defaultValue === undefined)
    const args = needed.length ? '(' + needed.map((a) => `${a.name}: ${literal(a.type)}`).join(', ') + ')' : ''
    const alias = suffix === '' ? '' : `${field.name}${suffix}: `
    if (isLeafType(named)) parts.push(`${alias}${field.name}${args}`)
    else if (isCompositeType(named) && depth > 0) parts.push(`${alias}${field.name}${args} ${selection(named, schema, depth - 1)}`)
  }
  return `{ ${parts.join(' ')} }`
}

async function ask({ supergraph, api, subgraphs }) {
  const schema = buildASTSchema(parse(api), { assumeValid: true, assumeValidSDL: true })
  const query = selection(schema.getQueryType(), schema, 3)
  const services = new Map(subgraphs.map((s) => [s.url, subgraph(s.sdl)]))
  const gateway = createGatewayRuntime({
    supergraph,
    logging: false,
    maskedErrors: false,
    transports: {
      http: {
        getSubgraphExecutor:
          ({ transportEntry }) =>
          ({ document, variables }) =>
            services.get(transportEntry.location)({ document, variables }),
      },
    },
  })
  try {
    const response = await gateway.fetch('http://gateway/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query }),
    })
    return { query, ...(await response.json()) }
  } finally {
    await gateway[Symbol.asyncDispose]?.()
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let answer
  try {
    answer = await ask(JSON.parse(line))
  } catch (error) {
    answer = { errors: [{ message: String(error?.message ?? error) }] }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
