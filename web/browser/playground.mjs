// The playground as a person uses it: the parts of its page, by the names that a screen reader reads.
import assert from 'node:assert/strict';

/** Wraps a page that shows the playground. */
export class Playground {
  constructor(page) {
    this.page = page;
    this.operation = page.getByRole('region', { name: 'Operation Editor' });
    this.response = page.locator('.graphiql-response');
  }

  /** Opens the playground and waits until the schema is there. */
  async open(origin) {
    const isIntrospection = (response) => response.request().postData()?.includes('__schema') ?? false;
    await Promise.all([this.page.waitForResponse(isIntrospection), this.page.goto(`${origin}/`)]);
    await this.operation.locator('.view-line').first().waitFor();
  }

  /** Replaces what stands in the operation editor by one named operation, and waits until the tab bears its name. */
  async write(query) {
    await this.operation.locator('.monaco-editor').first().click();
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.insertText(query);
    const [, name] = /^\w+ (\w+)/.exec(query);
    await this.page.getByRole('tab', { name: new RegExp(`^${name}\\b`), selected: true }).waitFor();
  }

  /** Runs the operation by its keyboard shortcut. */
  async run() {
    await this.operation.locator('.monaco-editor').first().click();
    await this.page.keyboard.press('ControlOrMeta+Enter');
  }

  /** Writes a query, runs it and waits for an answer that holds this text. */
  async answerTo(query, expected) {
    await this.write(query);
    await this.run();
    return this.answer(expected);
  }

  /** Waits until the response pane holds this text, and returns all that it shows. */
  async answer(expected) {
    try {
      await this.page.waitForFunction((wanted) => globalThis.shown().includes(wanted), expected, { polling: 50 });
    } catch {
      assert.fail(`The response pane never showed ${JSON.stringify(expected)}. It shows:\n${await this.shown()}`);
    }
    return this.shown();
  }

  /** The text of the response pane. */
  shown() {
    return this.page.evaluate(() => globalThis.shown());
  }

  /** Shows the headers editor and waits until a bearer token is in it, or none. */
  async showsToken(wanted) {
    await this.page.getByRole('button', { name: 'Headers', exact: true }).click();
    const headers = '.graphiql-editor-tool .graphiql-editor:not(.hidden)';
    const settled = ([selector, token]) => globalThis.textOf(selector).includes('Bearer') === token;
    await this.page.waitForFunction(settled, [headers, wanted], { polling: 50 }).catch(async () => {
      const text = await this.page.evaluate((selector) => globalThis.textOf(selector), headers);
      assert.fail(`The headers editor should hold ${wanted ? 'the' : 'no'} token. It shows:\n${text}`);
    });
  }

  /** Puts the operation into its usual form, one field a line. */
  async prettify() {
    await this.page.getByRole('button', { name: /^Prettify query/ }).click();
    await this.operation.locator('.view-line').nth(2).waitFor();
  }

  /** Signs up by the form at the top right. */
  async signUp({ email, password, username, firstName, lastName }) {
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const form = this.page.getByRole('dialog', { name: 'Sign in to this graph' });
    await form.getByRole('button', { name: 'Sign up' }).click();
    const values = { 'E-mail': email, Password: password, Username: username, 'First name': firstName, 'Last name': lastName };
    for (const [label, value] of Object.entries(values)) await form.getByLabel(label).fill(value);
    await form.getByRole('button', { name: 'Sign up', exact: true }).click();
    await this.isSignedIn(username);
  }

  /** Waits until the button at the top right says who is signed in. */
  isSignedIn(name = '') {
    return this.page.getByRole('button', { name: `Signed in as ${name}` }).waitFor();
  }

  /** Signs out by the dialog at the top right. */
  async signOut() {
    await this.page.getByRole('button', { name: /^Signed in as / }).click();
    await this.page.getByRole('button', { name: 'Sign out' }).click();
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  }

  /** Signs in by the form at the top right. */
  async signIn(email, password) {
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const form = this.page.getByRole('dialog', { name: 'Sign in to this graph' });
    await form.getByLabel('E-mail').fill(email);
    await form.getByLabel('Password').fill(password);
    await form.getByRole('button', { name: 'Sign in', exact: true }).click();
    return form;
  }
}

/** What runs in the page: Monaco draws its lines as positioned elements with no-break spaces. */
export function inPage() {
  globalThis.textOf = (selector) => {
    const lines = [...document.querySelectorAll(`${selector} .view-line`)];
    lines.sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top));
    return lines.map((line) => line.textContent.replaceAll('\u00a0', ' ')).join('\n');
  };
  globalThis.shown = () => globalThis.textOf('.graphiql-response');
}
