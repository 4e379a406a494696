// Plans operations with the query planner of Hive Router. Each line of standard
// input is {sdl, times, query, variables, labels}; the answer is a line {ready, times,
// fetches, depth, text} or {ready, error}, in milliseconds.
import { createInterface } from 'node:readline';
import { QueryPlanner } from '@graphql-hive/router-query-planner';

// weigh counts the fetches of a plan node and the longest chain of them, and
// prints it. A condition has the branch that the variables choose.
function weigh(node, variables, margin = '', at = '') {
  if (!node) return { fetches: 0, depth: 0, text: '' };
  switch (node.kind) {
    case 'Fetch':
    case 'BatchFetch': {
      const fields = node.operation.replace(/\s+/g, ' ');
      return { fetches: 1, depth: 1, text: `${margin}fetch ${node.serviceName} ${at} ${fields}\n` };
    }
    case 'Flatten': {
      const path = node.path.map((p) => (p === '@' ? '@' : (p.Field ?? `<${p.TypeCondition.join('|')}>`))).join('.');
      return weigh(node.node, variables, margin, `for ${path}`);
    }
    case 'Condition':
      return weigh(variables[node.condition] ? node.ifClause : node.elseClause, variables, margin, at);
    case 'Subscription':
      return weigh(node.primary, variables, margin, at);
    case 'Sequence':
    case 'Parallel': {
      const parts = node.nodes.map((n) => weigh(n, variables, margin + '  '));
      const depths = parts.map((p) => p.depth);
      return {
        fetches: parts.reduce((sum, p) => sum + p.fetches, 0),
        depth: node.kind === 'Sequence' ? depths.reduce((a, b) => a + b, 0) : Math.max(0, ...depths),
        text: `${margin}${node.kind.toLowerCase()}\n${parts.map((p) => p.text).join('')}`,
      };
    }
  }
  throw new Error(`a plan node of kind ${node.kind} is not known`);
}

let last = {};
for await (const line of createInterface({ input: process.stdin })) {
  const { sdl, times, query, variables, labels } = JSON.parse(line);
  try {
    if (last.sdl !== sdl) {
      const began = performance.now();
      last = { sdl, planner: new QueryPlanner(sdl), ready: performance.now() - began };
    }
    const taken = [];
    let made;
    while (taken.length < times && taken.reduce((a, b) => a + b, 0) < 2000) {
      const start = performance.now();
      made = last.planner.plan(query, undefined, new Set(labels ?? []), 100);
      taken.push(performance.now() - start);
    }
    console.log(JSON.stringify({ ready: last.ready, times: taken, ...weigh(made.node, variables ?? {}) }));
  } catch (error) {
    console.log(JSON.stringify({ ready: last.ready, error: String(error.message ?? error) }));
  }
}
