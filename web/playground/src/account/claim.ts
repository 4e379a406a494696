/**
 * Claims a session for this tab. A browser copies a tab's session storage when the tab is duplicated, and a refresh
 * token used from two tabs looks stolen to the server, which then ends both. So the first tab holds a lock on it for
 * as long as it lives, and the copy learns within a second that it has to sign in for itself.
 */
export async function claim(session: string): Promise<boolean> {
  if (!navigator.locks) return true; // not offered on plain http to another machine
  const patience = AbortSignal.timeout(1000); // a reloaded page may still be letting go of it
  return new Promise((resolve) => {
    navigator.locks
      .request(`heddle-session-${session}`, { signal: patience }, () => {
        resolve(true);
        return new Promise(() => {}); // held until the tab closes
      })
      .catch(() => resolve(false));
  });
}
