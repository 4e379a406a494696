import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';
import { neutral, welcome } from './welcome';

/** Once the schema is there, turns the neutral first query into the one that fits it, unless somebody has begun to write. */
export function Welcome() {
  const schema = useGraphiQL((state) => state.schema);
  const editor = useGraphiQL((state) => state.queryEditor);
  useEffect(() => {
    if (!schema || editor?.getValue() !== neutral) return;
    const fitting = welcome(schema);
    if (fitting !== neutral) editor.setValue(fitting);
  }, [schema, editor]);
  return null;
}
