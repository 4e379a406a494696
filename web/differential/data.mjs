// How fields are resolved over data as router/memory describes it: objects by id, "@id" refers to one, "!message" fails,
// "$args" gives the arguments back, "={a.b}" is computed from other fields, "={a|{"x":1}}" from one with arguments, and
// "~a b" is an argument b that comes from field a of the nearest object above that has it.

// sorted is JSON with the keys of objects in order.
export function sorted(value) {
  return JSON.stringify(value, (_, v) =>
    v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v,
  );
}

function follow(value, data) {
  return typeof value === 'string' && value.startsWith('@') ? (data[value.slice(1)] ?? null) : value;
}

function dig(value, path, data) {
  const from = follow(value, data);
  if (path.length === 0) return typeof from === 'string' ? from : sorted(from);
  if (Array.isArray(from)) return from.map((item) => dig(item, path, data)).join(',');
  if (from === null) return 'null';
  if (typeof from !== 'object' || !(path[0] in from)) return '?';
  const next = from[path[0]];
  return dig(isTemplate(next) ? fill(next, from, data) : next, path.slice(1), data);
}

function isTemplate(value) {
  return typeof value === 'string' && value.startsWith('=');
}

function fill(template, from, data) {
  return template.slice(1).replace(/\{([\w.]+)(?:\|(\{[^{}]*\}))?\}/g, (_, path, args) => {
    return dig(from, args && path + args in from ? [path + args] : path.split('.'), data);
  });
}

// resolved is the value of a field with every reference in it followed.
export function resolved(source, name, args, data, above) {
  const own = source ?? {};
  const key = name + sorted(args);
  const value = key in own ? own[key] : own[name];
  if (value === '$args') return sorted(args);
  if (typeof value === 'string' && value.startsWith('~')) {
    const [field, argument] = value.slice(1).split(' ');
    return sorted({ [argument]: above((object) => field in object)?.[field] ?? null });
  }
  if (isTemplate(value)) return fill(value, own, data);
  return complete(value, data);
}

function complete(value, data) {
  if (Array.isArray(value)) return value.map((item) => complete(item, data));
  if (typeof value === 'string' && value.startsWith('!')) return new Error(value.slice(1));
  return follow(value, data);
}
