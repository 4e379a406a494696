// Sends requests through Hive Gateway: one JSON object {supergraph, cases: [{query, variables, operationName}]} a line on
// standard input, one JSON list of answers {data, errors}, or {invalid: messages}, a line on standard output. The gateway
// reaches the subgraphs at the addresses in the supergraph.
import { createInterface } from 'node:readline';
import { createGatewayRuntime } from '@graphql-hive/gateway';

async function ask(gateway, body) {
  const response = await gateway.fetch('http://gateway/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const { data, errors } = await response.json();
  return data === undefined ? { invalid: errors.map((error) => error.message) } : { data, errors };
}

async function answers({ supergraph, cases }) {
  const gateway = createGatewayRuntime({ supergraph, logging: false, maskedErrors: false });
  try {
    const all = [];
    for (const one of cases) all.push(await ask(gateway, one));
    return all;
  } finally {
    await gateway[Symbol.asyncDispose]();
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const request = JSON.parse(line);
  let all;
  try {
    all = await answers(request);
  } catch (error) {
    all = request.cases.map(() => ({ invalid: [String(error?.message ?? error)] }));
  }
  process.stdout.write(JSON.stringify(all) + '\n');
}
