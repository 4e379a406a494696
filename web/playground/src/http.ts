/** What went wrong on the way, in a sentence for the person; where in this code it was noticed tells them nothing. */
export class Unanswered extends Error {
  override readonly stack = undefined;
}

/** `fetch`, with a sentence a person can act on where the endpoint is away or something else answers in its place. */
export const send: typeof fetch = async (input, init) => {
  let response: Response;
  try {
    response = await fetch(input, init);
  } catch (cause) {
    throw new Unanswered('The endpoint does not answer. Is Heddle still running?', { cause });
  }
  const type = response.headers.get('Content-Type') ?? '';
  if (/json|multipart\/mixed/.test(type)) return response;
  const text = (await response.text()).trim().slice(0, 200);
  throw new Unanswered(`The endpoint answered with status ${response.status} and no JSON${text ? `: ${text}` : '.'}`);
};
