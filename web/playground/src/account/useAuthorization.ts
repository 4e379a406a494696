import { useGraphiQL } from '@graphiql/react';
import { useCallback, useEffect, useRef } from 'react';
import { withBearer } from './headers';
import { reconcile } from './reconcile';
import type { Session } from './session';
import { useSessionState } from './useSession';

/**
 * Keeps the headers editor in step with the session: each tab is given the token once, and from then on has the
 * newest one for as long as the person leaves it there. Returns what puts the token in whatever else is there.
 */
export function useAuthorization(session: Session): () => void {
  const editor = useGraphiQL((state) => state.headerEditor);
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id);
  const state = useSessionState(session);
  const given = useRef(new Set<string>());

  useEffect(() => {
    if (!editor) return;
    const settle = () => {
      const signedIn = session.state().status === 'in';
      if (!signedIn) given.current.clear();
      const text = editor.getValue();
      const wanted = reconcile(text, session, signedIn && tab !== undefined && !given.current.has(tab));
      if (signedIn && tab) given.current.add(tab);
      if (wanted !== text) editor.setValue(wanted);
    };
    settle();
    // A change may come from inside GraphiQL's own update (another tab, an entry of the history): wait until it is through.
    const watching = editor.onDidChangeModelContent(() => queueMicrotask(settle));
    return () => watching.dispose();
  }, [editor, tab, state, session]);

  return useCallback(() => {
    const now = session.state();
    if (editor && now.status === 'in') editor.setValue(withBearer(editor.getValue(), now.token));
  }, [editor, session]);
}
