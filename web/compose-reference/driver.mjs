// Composes sets of subgraphs with @theguild/federation-composition: one JSON
// array of subgraphs a line on standard input, one JSON answer a line on
// standard output, in the same order.
import { createInterface } from 'node:readline'
import { composeServices } from '@theguild/federation-composition'
import { Kind, parse } from 'graphql'

function compose(subgraphs) {
  const started = process.hrtime.bigint()
  const took = () => Number(process.hrtime.bigint() - started)
  try {
    const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }))
    for (const { typeDefs } of services) {
      if (typeDefs.definitions.some((d) => d.kind === Kind.OPERATION_DEFINITION || d.kind === Kind.FRAGMENT_DEFINITION)) {
        throw new Error('Syntax Error: a schema has no operations and fragments')
      }
    }
    const result = composeServices(services)
    if (result.errors) {
      return { errors: result.errors.map((e) => ({ code: e.extensions?.code ?? '', message: e.message })), took: took() }
    }
    return { supergraph: result.supergraphSdl, api: result.publicSdl, took: took() }
  } catch (error) {
    return { thrown: String(error?.message ?? error), took: took() }
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const answer = compose(JSON.parse(line))
  answer.heap = process.memoryUsage().heapUsed
  process.stdout.write(JSON.stringify(answer) + '\n')
}
