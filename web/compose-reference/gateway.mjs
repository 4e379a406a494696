// Serves subgraphs over HTTP on loopback, loads their supergraphs in Hive Gateway,
// and asks it a query for each: on standard input, one JSON object
// {supergraph, api, subgraphs: [{url, sdl}]} a line; on standard output, first the
// address {address} that the URLs of the subgraphs begin with, then one JSON answer
// {query, asked, data, errors} a line, where asked counts the requests that reached
// the subgraphs. Their values are made up.
//
// The gateway is one process of its own, the hive-gateway command. It watches its
// supergraph file: all supergraphs go through that file, one after the other.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as listen } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  buildASTSchema, execute, getNamedType, getNullableType, isAbstractType, isCompositeType, isEnumType, isInputObjectType,
  isLeafType, isListType, isNonNullType, isObjectType, Kind, parse,
} from 'graphql'

// made gives some value of a type: one that clients may see.
function made(type, schema, api) {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return [made(nullable.ofType, schema, api)]
  if (isEnumType(nullable)) return (nullable.getValues().find(({ name }) => api.getType(nullable.name)?.getValue(name)) ?? nullable.getValues()[0]).value
  if (isAbstractType(nullable)) return { __typename: possible(nullable, schema, api) }
  if (isObjectType(nullable)) return { __typename: nullable.name }
  return { Int: 1, Float: 1, Boolean: true }[nullable.name] ?? '1'
}

// possible is an object that may be where an abstract type is.
function possible(type, schema, api) {
  const objects = schema.getPossibleTypes(type)
  return (objects.find(({ name }) => api.getType(name)) ?? objects[0])?.name
}

// subgraph answers requests as a Federation subgraph of the schema would.
function subgraph(sdl, api) {
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
      typeResolver: ({ __typename }) => (isAbstractType(schema.getType(__typename)) ? possible(schema.getType(__typename), schema, api) : __typename),
      fieldResolver: (source, args, _, info) =>
        info.fieldName === '_entities' ? args.representations : (source[info.fieldName] ?? made(info.returnType, info.schema, api)),
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

// served answers the requests of the gateway, by path.
const served = new Map()
let asked = 0
const server = createServer(async (request, response) => {
  let text = ''
  for await (const chunk of request) text += chunk
  const answer = served.get(request.url)
  if (!answer) return response.writeHead(404).end()
  asked++
  const { query, variables } = JSON.parse(text)
  const result = await answer({ document: parse(query), variables })
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = `http://127.0.0.1:${server.address().port}`
console.log(JSON.stringify({ address }))

async function freePort() {
  const probe = listen().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

// The file never shrinks, and each change is one write: a gateway that looks sees
// one whole supergraph, and tells of one change.
const size = 1 << 20
const folder = await mkdtemp(join(tmpdir(), 'hive-gateway-'))
const path = join(folder, 'supergraph.graphql')
const file = await open(path, 'w')
const put = (supergraph) => file.write(Buffer.from(supergraph.padEnd(size)), 0, undefined, 0)

let gateway
let log = ''
const told = []
const hears = (pattern) =>
  new Promise((resolve, reject) => told.push({ pattern, resolve, reject: () => reject(new Error(`the gateway ended: ${log.slice(-2000)}`)) }))

async function start() {
  const command = join(dirname(fileURLToPath(import.meta.resolve('@graphql-hive/gateway'))), 'bin.js')
  const port = await freePort()
  gateway = spawn(process.execPath, [command, 'supergraph', path, '--host', '127.0.0.1', '--port', `${port}`, '--no-masked-errors'], {
    cwd: folder,
    env: { ...process.env, LOG_LEVEL: 'debug' }, // it tells when it has taken another supergraph
  })
  gateway.url = `http://127.0.0.1:${port}/graphql`
  const listening = hears(/Listening on/)
  for (const stream of [gateway.stdout, gateway.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log = (log + line + '\n').slice(-1e5)
      for (const wait of told.splice(0)) wait.pattern.test(line) ? wait.resolve() : told.push(wait)
    })
  }
  gateway.on('exit', () => {
    gateway = undefined
    for (const wait of told.splice(0)) wait.reject()
  })
  await listening
}

async function load(supergraph) {
  if (!gateway) {
    await put(supergraph)
    return start()
  }
  const taken = hears(/Supergraph has (not )?been changed/)
  await put(supergraph)
  return taken
}

async function ask({ supergraph, api, subgraphs }) {
  const schema = buildASTSchema(parse(api), { assumeValid: true, assumeValidSDL: true })
  const query = selection(schema.getQueryType(), schema, 3)
  served.clear()
  for (const { url, sdl } of subgraphs) served.set(url.slice(address.length), subgraph(sdl, schema))
  await load(supergraph)
  asked = 0
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query }),
  })
  return { query, asked, ...(await response.json()) }
}

try {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    let answer
    try {
      answer = await ask(JSON.parse(line))
    } catch (error) {
      answer = { errors: [{ message: String(error?.message ?? error) }] }
    }
    console.log(JSON.stringify(answer))
  }
} finally {
  gateway?.kill()
  server.close()
  await file.close()
  await rm(folder, { recursive: true })
}
