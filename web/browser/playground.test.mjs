// Drives the playground of a running Heddle (HEDDLE_URL) in Chromium. Set HEDDLE_EMAIL and HEDDLE_PASSWORD to sign in
// as somebody, or the test signs up by the form first. SCREENSHOTS names a folder for pictures, CHROMIUM another browser.
import assert from 'node:assert/strict';
import test from 'node:test';
import { camera, openBrowser, watch } from './browser.mjs';
import { ask, newPerson, signUp } from '../clients/graph.mjs';
import { inPage, Playground } from './playground.mjs';

const origin = new URL(process.env.HEDDLE_URL ?? 'http://127.0.0.1:4000').origin;

test('the playground', { timeout: 180_000 }, async (t) => {
  await fetch(origin).catch(() => assert.fail(`Nothing answers at ${origin}. Start Heddle, or set HEDDLE_URL to where it is.`));
  const browser = await openBrowser();
  t.after(() => browser.close());
  await browser.context.addInitScript(inPage);
  const page = await browser.context.newPage();
  const world = {
    page,
    playground: new Playground(page),
    shoot: camera(page),
    complaints: watch(page, origin),
    sockets: watchSockets(page),
  };
  for (const step of [
    greets,
    refusesAWrongPassword,
    signsIn,
    answersTheWelcome,
    runsQueries,
    explains,
    hearsAMessage,
    survivesAReload,
    keepsNoToken,
    signsOut,
    isDark,
  ]) {
    let passed = false;
    await t.test(spaced(step.name), async () => {
      await step(world);
      assert.deepEqual(world.complaints, [], 'The page complained or asked another origin.');
      passed = true;
    });
    if (!passed) return world.shoot(`failed-${step.name}`).catch(() => {}); // each step stands on those before it
  }
});

async function greets({ playground, page, shoot }) {
  await playground.open(origin);
  await page.getByText('Welcome to Heddle').first().waitFor();
  await page.getByText('query Rooms').first().waitFor();
  await shoot('welcome');
}

async function refusesAWrongPassword({ playground, page, shoot }) {
  const form = await playground.signIn('nobody@heddle.example', 'not the password');
  await form.getByRole('alert').waitFor();
  await shoot('wrong-password');
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'hidden' });
}

async function signsIn(world) {
  const { playground, shoot } = world;
  const { HEDDLE_EMAIL: email, HEDDLE_PASSWORD: password } = process.env;
  world.account = email ? { email, password } : newPerson('wanda');
  if (!email) {
    await playground.signUp(world.account);
    await playground.signOut();
  }
  const form = await playground.signIn(world.account.email, world.account.password);
  await form.waitFor({ state: 'hidden' });
  await playground.isSignedIn(world.account.username);
  await playground.showsToken(true);
  await shoot('signed-in');
}

async function answersTheWelcome({ playground, page, shoot }) {
  await page.getByRole('button', { name: /Execute query/ }).click();
  await page.getByRole('menuitem', { name: 'Rooms' }).click();
  const answer = await playground.answer('"rooms"');
  assert.doesNotMatch(answer, /"errors"/, 'The welcome query must run without an error.');
  await shoot('rooms');
}

async function runsQueries({ playground, account, shoot }) {
  await playground.answerTo('query Hello { hello: __typename }', '"hello": "Query"');
  const answer = await playground.answerTo('query Me { me { username } }', '"username"');
  if (account.username) assert.match(answer, new RegExp(account.username), 'The query must be answered for who is signed in.');
  await playground.answerTo('query Missing { noSuchField }', 'noSuchField');
  await shoot('unknown-field');
}

async function explains({ page, shoot }) {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.getByText('Root Types').waitFor();
  await shoot('docs');
  await page.getByRole('button', { name: 'Show History' }).click();
  await page.locator('.graphiql-history-item').first().waitFor();
  await shoot('history');
  await page.getByRole('button', { name: 'Hide History' }).click();
}

async function hearsAMessage({ playground, page, shoot, sockets }) {
  const title = `Looms ${Date.now()}`;
  const made = await playground.answerTo(`mutation Found { createRoom(input: { title: "${title}" }) { room { id title } } }`, title);
  const roomId = /"id": "([^"]+)"/.exec(made)?.[1];
  const friend = await signUp(origin, 'fred');
  await ask(
    origin,
    'mutation Join($input: JoinRoomInput!) { joinRoom(input: $input) { room { id } } }',
    { input: { roomId } },
    friend.token,
  );

  await page.getByRole('button', { name: 'New tab' }).click();
  await playground.write(`subscription Listen { messageCreated(roomId: "${roomId}") { text author { username } } }`);
  await playground.prettify();
  await playground.run();
  const text = await untilHeard(playground, roomId, friend);
  const heard = await playground.answer(text);
  assert.match(heard, new RegExp(friend.username), 'The author of a live message comes with it.');
  assert.match(sockets.join('\n'), /"connection_init","payload":\{"Authorization":"Bearer /, 'The headers go into connection_init.');
  await shoot('live');
  await page.getByRole('button', { name: /Stop query/ }).click();
}

/** The friend speaks until the page shows it: nothing tells from outside when a subscription has begun. */
async function untilHeard(playground, roomId, friend) {
  for (let attempt = 1; attempt <= 20; attempt++) {
    const text = `Thread number ${attempt}`;
    const input = { roomId, text };
    await ask(
      origin,
      'mutation Say($input: CreateMessageInput!) { createMessage(input: $input) { message { id } } }',
      { input },
      friend.token,
    );
    const heard = await playground.page
      .waitForFunction((wanted) => globalThis.shown().includes(wanted), text, { timeout: 1000, polling: 50 })
      .catch(() => undefined);
    if (heard) return text;
  }
  return assert.fail(`The subscription heard none of 20 messages. The response pane shows:\n${await playground.shown()}`);
}

async function survivesAReload({ playground }) {
  await playground.open(origin);
  await playground.isSignedIn();
  await playground.answerTo('query MeAgain { me { username } }', '"username"');
}

async function keepsNoToken({ page }) {
  const [kept, session] = await page.evaluate(() => [JSON.stringify(localStorage), JSON.parse(sessionStorage.getItem('heddle:session'))]);
  assert.ok(session?.refreshToken, 'The session is kept for as long as the tab lives.');
  assert.ok(
    !kept.includes(session.accessToken) && !kept.includes(session.refreshToken),
    'localStorage outlives the tab and must hold no token.',
  );
}

async function signsOut({ playground, page, shoot }) {
  await page.getByRole('button', { name: /^Signed in as / }).click();
  await shoot('session');
  await page.keyboard.press('Escape');
  await playground.signOut();
  await playground.showsToken(false);
  assert.equal(await page.evaluate(() => sessionStorage.getItem('heddle:session')), null);
}

async function isDark({ page, shoot }) {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Sign up' }).click();
  await page.getByLabel('Username').waitFor();
  await shoot('dark-sign-up');
  await page.keyboard.press('Escape');
  await shoot('dark');
}

function watchSockets(page) {
  const frames = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => frames.push(String(payload))));
  return frames;
}

function spaced(name) {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
