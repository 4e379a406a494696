import { element, show, wordsOf } from './dom.ts';
import { Session } from './session.ts';

/** The people of the demo data, who share one password. */
const demo = ['ada', 'grace', 'alan'];
const demoPassword = 'heddle-demo-1';

/** Shows the way in, and gives the session of who comes. */
export function enter(notice = ''): Promise<Session> {
  return new Promise((resolve) => {
    const alert = element('p', { role: 'alert', class: 'alert' }, notice);
    const attempt = async (email: string, password: string) => {
      try {
        resolve(await Session.signIn(email, password));
      } catch (cause) {
        alert.textContent = wordsOf(cause);
      }
    };
    const form = element(
      'form',
      {
        onsubmit: (event) => {
          event.preventDefault();
          const { email, password } = Object.fromEntries(new FormData(form)) as Record<string, string>;
          void attempt(email ?? '', password ?? '');
        },
      },
      element('label', {}, 'E-mail', element('input', { name: 'email', type: 'email', required: true, autocomplete: 'username' })),
      element('label', {}, 'Password', element('input', { name: 'password', type: 'password', required: true, autocomplete: 'current-password' })),
      element('button', { class: 'primary' }, 'Sign in'),
    );
    show(
      element(
        'main',
        { class: 'card' },
        element('h1', {}, 'Code Talk'),
        element('p', {}, 'Write in one document with everybody in a room. Open this page twice to see it.'),
        element('div', { class: 'demo' }, ...demo.map((name) => demoButton(name, attempt))),
        element('p', { class: 'or' }, 'or with an account of your own'),
        form,
        alert,
      ),
    );
  });
}

function demoButton(name: string, attempt: (email: string, password: string) => Promise<void>): HTMLElement {
  const title = name[0]!.toUpperCase() + name.slice(1);
  return element('button', { type: 'button', onclick: () => void attempt(`${name}@heddle.example`, demoPassword) }, title);
}
