// A browser without a window: keeps cookies, follows redirects, fills in the forms it meets, and
// says where it ended and what it has seen. As a page it may ask for one thing more, by its cookies.
const [start, person, code, then] = process.argv.slice(2);
const jar = new Map();

async function visit(url, form, headers = {}) {
  const host = new URL(url).host;
  const kept = jar.get(host) ?? new Map();
  const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(url, {
    method: form ? 'POST' : 'GET', body: form, redirect: 'manual', headers: { cookie, ...headers },
  });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (value === '') kept.delete(name); else kept.set(name, value);
  }
  jar.set(host, kept);
  return answer;
}

function filled(html, url) {
  const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(html);
  if (!form) return null;
  const values = new URLSearchParams();
  for (const [input] of form[2].matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name) values.set(name, /value="([^"]*)"/.exec(input)?.[1] ?? '');
  }
  if (values.has('login')) values.set('login', person);
  if (values.has('password')) values.set('password', 'anything');
  if (values.has('user_code')) values.set('user_code', code);
  return [new URL(form[1], url).href, values];
}

let [url, form] = [start, null];
for (let step = 0; step < 30; step += 1) {
  const answer = await visit(url, form);
  form = null;
  if (answer.status >= 300 && answer.status < 400) {
    url = new URL(answer.headers.get('location'), url).href;
    continue;
  }
  const text = await answer.text();
  const next = answer.headers.get('content-type')?.includes('html') ? filled(text, url) : null;
  if (!next) {
    console.log(`ended at ${new URL(url).origin}${new URL(url).pathname} ${answer.status}`);
    break;
  }
  [url, form] = next;
}

if (then) {
  const api = (path) => new URL(`/api/v1/${path}`, then).href;
  const who = await (await visit(api('whoami'))).json();
  console.log(`the server says ${who.identity}, ${who.name}, ${who.groups}`);
  const { csrf_token: csrf } = await (await visit(api('session'))).json();
  const origin = new URL(then).origin;
  const json = { 'content-type': 'application/json' };
  for (const [what, headers] of [
    ['without anything', {}],
    ['of another site', { origin: 'https://evil.example', 'liftlock-csrf': csrf }],
    ['without the token', { origin }],
    ['of its own page', { origin, 'liftlock-csrf': csrf }],
    ['once more', { origin, 'liftlock-csrf': csrf }],
  ]) {
    const answer = await visit(api('logout'), '{}', { ...json, ...headers });
    console.log(`a logout ${what}: ${answer.status}`);
  }
}
