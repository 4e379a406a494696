import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { Account } from './account/Account';
import { session } from './account/page';
import { createFetcher } from './fetcher';
import { FollowSystem } from './FollowSystem';
import { storage } from './storage';
import { neutral } from './welcome';
import { Welcome } from './Welcome';

const fetcher = createFetcher(async (headers) => {
  const name = Object.keys(headers).find((header) => header.toLowerCase() === 'authorization');
  const token = name && /^bearer\s+(\S+)$/i.exec(String(headers[name]))?.[1];
  return name && token ? { ...headers, [name]: `Bearer ${await session.newest(token)}` } : headers;
});

const plugins = [HISTORY_PLUGIN];

/** GraphiQL over this origin's graph, with a way to sign in where the graph has one. */
export function Playground() {
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={plugins}
      defaultQuery={neutral}
      defaultEditorToolsVisibility
      shouldPersistHeaders={false}
      schemaDescription
      inputValueDeprecation
    >
      <GraphiQL.Logo>
        <Welcome />
        <FollowSystem />
        <Account session={session} />
        <span className="heddle-name">Heddle</span>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}
