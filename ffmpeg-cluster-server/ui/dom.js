// Elements that follow signals: a small reactive core, and the only place that builds elements.

let watcher = null;
let owner = null;
const due = new Set();

/** A value; effects that read it run again when it changes. */
export function signal(value) {
  const watchers = new Set();
  return {
    get value() {
      if (watcher) {
        watchers.add(watcher);
        watcher.sources.add(watchers);
      }
      return value;
    },
    /** The value, for an effect that does not follow it. */
    peek: () => value,
    set value(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const one of watchers) wake(one);
    },
  };
}

function wake(one) {
  // A microtask, not a frame: hidden tabs have no frames.
  if (due.size === 0) queueMicrotask(flush);
  due.add(one);
}

function flush() {
  const all = [...due];
  due.clear();
  for (const one of all) if (!one.ended) run(one);
}

function run(self) {
  release(self);
  const before = [watcher, owner];
  [watcher, owner] = [self, self];
  try {
    self.work();
  } finally {
    [watcher, owner] = before;
  }
}

function release(self) {
  for (const source of self.sources) source.delete(self);
  self.sources.clear();
  for (const ending of self.endings.splice(0)) ending();
}

/** Does the work now, and again whenever a signal changes that it read. */
export function effect(work) {
  const self = { work, sources: new Set(), endings: [], ended: false };
  const end = () => {
    self.ended = true;
    release(self);
  };
  owner?.endings.push(end);
  run(self);
  return end;
}

/** A signal of what `work` returns: it changes only when that does, so that what it shows keeps the focus. */
export function derive(work) {
  const derived = signal(undefined);
  effect(() => (derived.value = work()));
  return derived;
}

/** Does this when the element that is being made goes away. */
export function onEnd(work) {
  owner?.endings.push(work);
}

/** Makes something whose effects live until `end` is called. */
export function root(make) {
  const self = { sources: new Set(), endings: [], ended: false };
  const before = [watcher, owner];
  [watcher, owner] = [null, self];
  try {
    return { made: make(), end: () => release(self) };
  } finally {
    [watcher, owner] = before;
  }
}

/** An element. A property that is a function follows its signals; one that begins with `on` listens. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "function") effect(() => set(element, name, value()));
    else set(element, name, value);
  }
  add(element, children);
  return element;
}

function set(element, name, value) {
  if (name === "value") element.value = value;
  else if (value === false || value == null) element.removeAttribute(name);
  else if (value !== true || name.startsWith("aria-")) element.setAttribute(name, String(value));
  else element.setAttribute(name, "");
}

function add(parent, child) {
  if (child == null || child === false) return;
  if (Array.isArray(child)) for (const one of child) add(parent, one);
  else if (typeof child === "function") follow(parent, child);
  else parent.append(child);
}

/** Shows what `work` returns, and keeps the text node while it is only a text. */
function follow(parent, work) {
  let shown = [parent.appendChild(document.createTextNode(""))];
  effect(() => {
    const next = [work()].flat(3).filter((one) => one != null && one !== false);
    const text = next.every((one) => typeof one !== "object") ? next.join("") : null;
    if (text !== null && shown.length === 1 && shown[0].nodeType === Node.TEXT_NODE) {
      if (shown[0].data !== text) shown[0].data = text;
      return;
    }
    const nodes = text === null ? next.map(toNode) : [document.createTextNode(text)];
    if (nodes.length === 0) nodes.push(document.createTextNode(""));
    shown[0].before(...nodes);
    for (const old of shown) if (!nodes.includes(old)) old.remove();
    shown = nodes;
  });
}

function toNode(one) {
  return one instanceof Node ? one : document.createTextNode(String(one));
}

/** One child of `parent` for each item; a child stays the same element as long as its key is there. */
export function each(parent, items, key, make) {
  const rows = new Map();
  effect(() => {
    const all = items();
    const keys = new Set(all.map(key));
    for (const [id, row] of rows) {
      if (keys.has(id)) continue;
      row.end();
      row.made.remove();
      rows.delete(id);
    }
    const focused = document.activeElement;
    let place = parent.firstChild;
    for (const item of all) {
      const row = rowOf(rows, key(item), item, make);
      if (row.made === place) place = place.nextSibling;
      else parent.insertBefore(row.made, place);
    }
    // An element that is put elsewhere loses the focus.
    if (focused !== document.activeElement && parent.contains(focused)) focused.focus();
  });
  onEnd(() => rows.forEach((row) => row.end()));
  return parent;
}

function rowOf(rows, id, item, make) {
  let row = rows.get(id);
  if (row) {
    row.item.value = item;
    return row;
  }
  const holds = signal(item);
  row = { item: holds, ...root(() => make(holds)) };
  rows.set(id, row);
  return row;
}
