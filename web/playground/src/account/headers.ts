import { applyEdits, modify, parseTree, type Node } from 'jsonc-parser';

/** What stands for a token wherever headers are stored: tokens themselves are never written to disk. */
export const placeholder = 'signed-in';

const indentation = { formattingOptions: { insertSpaces: true, tabSize: 2 } };

/** The bearer token in the text of the headers editor, or undefined. */
export function bearerIn(text: string): string | undefined {
  const value = authorization(text)?.value;
  return /^bearer\s+(\S+)$/i.exec(typeof value === 'string' ? value.trim() : '')?.[1];
}

/** Whether the headers editor says anything about authorization, bearer token or not. */
export function hasAuthorization(text: string): boolean {
  return authorization(text) !== undefined;
}

/**
 * The text of the headers editor with this bearer token in it. All else in the text stays, comments too.
 * Text that is not a JSON object is the person's own unfinished work and stays as it is.
 */
export function withBearer(text: string, token: string): string {
  const value = `Bearer ${token}`;
  if (text.trim() === '') return JSON.stringify({ Authorization: value }, null, 2);
  if (!isObject(text)) return text;
  const name = authorization(text)?.name ?? 'Authorization';
  return applyEdits(text, modify(text, [name], value, indentation));
}

/** The text of the headers editor without its authorization; empty when nothing else is in it. */
export function withoutBearer(text: string): string {
  const header = authorization(text);
  if (!header) return text;
  const rest = applyEdits(text, modify(text, [header.name], undefined, indentation));
  return rest.replace(/\s/g, '') === '{}' ? '' : rest;
}

/** Text with every bearer token replaced by the placeholder. */
export function withoutTokens(text: string): string {
  return text.replace(/(Bearer\s+)[\w~+/-]+\.[\w~+/-]+\.[\w~+/-]+=*/gi, `$1${placeholder}`);
}

function isObject(text: string): boolean {
  const errors: unknown[] = [];
  const tree = parseTree(text, errors as never[], { allowTrailingComma: true });
  return tree?.type === 'object' && errors.length === 0;
}

function authorization(text: string): { name: string; value: unknown } | undefined {
  if (!isObject(text)) return undefined;
  for (const property of parseTree(text, [], { allowTrailingComma: true })?.children ?? []) {
    const [name, value] = (property.children ?? []) as [Node?, Node?];
    if (String(name?.value).toLowerCase() === 'authorization') return { name: String(name?.value), value: value?.value };
  }
  return undefined;
}
