// Audits /graphql at HEDDLE_URL by the GraphQL-over-HTTP specification. Prints one JSON line per audit; the exit status
// is 1 if a MUST or a SHOULD failed. A MAY that is not done is only told.
import { serverAudits } from 'graphql-http';

const origin = new URL(process.env.HEDDLE_URL ?? 'http://127.0.0.1:4000').origin;
let failed = 0;
for (const audit of serverAudits({ url: `${origin}/graphql` })) {
  const { id, name, status, reason } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason }));
  if (status === 'error' || status === 'warn') failed++;
}
process.exitCode = failed > 0 ? 1 : 0;
