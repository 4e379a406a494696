// Drives the example of two editors (/examples/code/ of a running Heddle, HEDDLE_URL) in Chromium: two people on two
// pages. SCREENSHOTS names a folder for pictures, CHROMIUM another browser.
import assert from 'node:assert/strict';
import test from 'node:test';
import { camera, openBrowser, watch } from './browser.mjs';
import { signUp } from '../clients/graph.mjs';

const origin = new URL(process.env.HEDDLE_URL ?? 'http://127.0.0.1:4000').origin;
const example = process.env.EXAMPLE_URL ?? `${origin}/examples/code/`;

test('the example of two editors', { timeout: 120_000 }, async (t) => {
  const browser = await openBrowser();
  t.after(() => browser.close());
  const [ada, grace] = await Promise.all(['ada', 'grace'].map(async (name) => new Writer(await signUp(origin, name), browser.context)));
  await Promise.all([ada.arrive(), grace.arrive()]);
  const shoot = camera(ada.page);

  await t.test('a room is made and entered', async () => {
    await ada.page.getByLabel('Title of the new room').fill('Patterns for a loom');
    await shoot('rooms');
    await ada.page.getByRole('button', { name: 'Create' }).click();
    await ada.saved();
    await grace.page.goto(ada.page.url()); // a link to the room lets her in
    await grace.saved();
  });

  await t.test('typing in one shows in the other', async () => {
    await ada.type('main.js', '// A plain weave: over one, under one.\nconst warp = 24;\n\nfor (let i = 0; i < warp; i++) lift(i);');
    await grace.reads('main.js', 'const warp = 24;');
    await grace.type('notes.md', '# Plain weave\n\nThe oldest of all.');
    await ada.reads('notes.md', 'The oldest of all.');
    await Promise.all([ada.saved(), grace.saved()]);
  });

  await t.test('the cursor shows, with its name', async () => {
    await grace.select('main.js');
    await ada.page.locator('.pane', { hasText: 'main.js' }).locator('.cm-ySelectionInfo', { hasText: grace.username }).waitFor();
    await ada.page.locator('.pane', { hasText: 'main.js' }).locator('.cm-ySelection').first().waitFor();
  });

  await t.test('who is there shows', async () => {
    await ada.sees([`${ada.username} (you)`, grace.username]);
    await grace.sees([ada.username, `${grace.username} (you)`]);
    await shoot('together');
    await camera(grace.page)('other-side');
  });

  await t.test('what was written is there after a reload', async () => {
    await grace.page.reload();
    await grace.reads('main.js', 'const warp = 24;');
    await grace.saved();
  });

  await t.test('who closes the page is gone', async () => {
    await grace.page.close();
    await ada.sees([`${ada.username} (you)`]);
  });

  assert.deepEqual([...ada.complaints, ...grace.complaints], [], 'A page complained or asked another origin.');
});

/** Somebody with a page of their own. */
class Writer {
  constructor(account, context) {
    Object.assign(this, account, { context });
  }

  async arrive() {
    this.page = await this.context.newPage();
    this.complaints = watch(this.page, new URL(example).origin);
    await this.page.goto(example);
    await this.page.getByLabel('E-mail').fill(this.email);
    await this.page.getByLabel('Password').fill(this.password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.getByRole('heading', { name: 'Rooms' }).waitFor();
  }

  editor(name) {
    return this.page.getByRole('textbox', { name });
  }

  async type(name, text) {
    await this.editor(name).click();
    await this.page.keyboard.press('ControlOrMeta+End');
    await this.page.keyboard.insertText(text);
  }

  /** Selects the third line's first word. */
  async select(name) {
    await this.editor(name).click();
    await this.page.keyboard.press('ControlOrMeta+Home');
    await this.page.keyboard.press('ArrowDown');
    await this.page.keyboard.press('ControlOrMeta+Shift+ArrowRight');
  }

  reads(name, text) {
    return this.editor(name).filter({ hasText: text }).waitFor();
  }

  saved() {
    return this.page.getByRole('status').filter({ hasText: 'All saved' }).waitFor();
  }

  /** Waits until just these people are shown as present. */
  async sees(names) {
    const shown = () => this.page.getByRole('list', { name: 'Who is here' }).getByRole('listitem').allTextContents();
    const wanted = JSON.stringify(names.map((name) => name[0].toUpperCase() + name).sort());
    const matches = (list) => JSON.stringify([...list].sort()) === wanted;
    await this.page
      .waitForFunction(
        (text) => JSON.stringify([...document.querySelectorAll('.people li')].map((item) => item.textContent).sort()) === text,
        wanted,
        { polling: 50 },
      )
      .catch(() => {});
    const list = await shown();
    assert.ok(matches(list), `These should be there: ${wanted}. Shown are ${JSON.stringify(list)}.`);
  }
}
