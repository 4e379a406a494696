// The plainest client: one POST per operation. The tests of other clients use it for what is not their subject.

/** Sends one operation and returns its data; throws with the graph's own words when it answers with errors. */
export async function ask(origin, query, variables = {}, token = undefined) {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json, application/json;q=0.9' };
  if (token) headers.Authorization = `Bearer ${token}`;
  const request = { method: 'POST', headers, body: JSON.stringify({ query, variables }) };
  const response = await fetch(`${origin}/graphql`, request).catch((cause) => {
    throw new Error(`Nothing answers at ${origin}. Start Heddle, or set HEDDLE_URL to where it is.`, { cause });
  });
  const { data, errors } = await response.json();
  if (errors?.length) throw new Error(`The graph refused ${query.split('{')[0].trim()}: ${errors.map((e) => e.message).join('; ')}`);
  return data;
}

/** What somebody fills in who is not in the graph yet. */
export function newPerson(name) {
  const username = `${name}${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
  return { email: `${username}@heddle.example`, password: 'correct horse battery 9', username, firstName: name, lastName: 'Tester' };
}

/** Makes an account that nobody else has and returns it with its token. */
export async function signUp(origin, name) {
  const person = newPerson(name);
  const data = await ask(origin, 'mutation SignUp($input: SignUpInput!) { signUp(input: $input) { accessToken user { id } } }', {
    input: person,
  });
  return { ...person, token: data.signUp.accessToken, id: data.signUp.user.id };
}
