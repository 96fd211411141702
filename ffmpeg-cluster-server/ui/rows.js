// Rows of a list of any length: only those near the window are elements.

import { derive, each, effect, onEnd, signal } from "./dom.js";

/** Shorter lists are drawn whole. */
const SHORT = 24;
const BESIDE = 8;
/** The window moves by so many rows, so that scrolling a little changes nothing. */
const STEP = 8;

/** As `each`. The room of rows that are not drawn is kept, as if each were as high as those that are. */
export function rows(parent, items, key, make) {
  const all = derive(items);
  const drawn = signal({ from: 0, until: SHORT });
  const look = () => {
    const next = near(parent, all.peek().length, drawn.peek());
    parent.style.paddingBlock = `${next.before}px ${next.after}px`;
    if (next.from !== drawn.peek().from || next.until !== drawn.peek().until) drawn.value = next;
  };
  each(parent, () => all.value.slice(drawn.value.from, drawn.value.until), key, make);
  effect(() => {
    void [all.value, drawn.value];
    // The rows are laid out after this turn.
    requestAnimationFrame(look);
  });
  for (const what of ["scroll", "resize"]) {
    addEventListener(what, look, { passive: true });
    onEnd(() => removeEventListener(what, look));
  }
  return parent;
}

/** Which rows are near the window, and the room before and after them. */
function near(parent, count, { from, until }) {
  if (count <= SHORT || !parent.firstElementChild) return { from: 0, until: SHORT, before: 0, after: 0 };
  const { top } = parent.getBoundingClientRect();
  const here = Math.max(1, Math.min(until, count) - from);
  const [first, last] = [parent.firstElementChild, parent.lastElementChild].map((one) => one.getBoundingClientRect());
  const high = Math.max(20, (last.bottom - first.top) / here);
  const step = (n) => Math.max(0, Math.min(count, Math.floor(n / STEP) * STEP));
  const begin = step(Math.min(-top / high, count - SHORT) - BESIDE);
  const end = Math.min(count, Math.max(begin + SHORT, step((innerHeight - top) / high + BESIDE) + STEP));
  return { from: begin, until: end, before: begin * high, after: (count - end) * high };
}
