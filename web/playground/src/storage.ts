import { withoutTokens } from './account/headers';

/** localStorage as GraphiQL sees it: tabs and history are kept, the tokens in them are not. */
export const storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key: string) => localStorage.getItem(key),
  setItem: (key: string, value: string) => localStorage.setItem(key, withoutTokens(value)),
  removeItem: (key: string) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
};
