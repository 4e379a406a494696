// Compares pairs of schemas with GraphQL Inspector: one JSON array of two SDLs a
// line on standard input, one JSON list of changes a line on standard output.
import { createInterface } from 'node:readline'
import { diff } from '@graphql-inspector/core'
import { buildSchema } from 'graphql'

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const [before, after] = JSON.parse(line).map((sdl) => buildSchema(sdl))
  const changes = await diff(before, after)
  process.stdout.write(
    JSON.stringify(changes.map((c) => ({ level: c.criticality.level, type: c.type, path: c.path ?? '' }))) + '\n'
  )
}
