// Elements of the page, and how they change.
//
// Markup is in index.html alone. What comes from nodes goes in as text, whatever it holds, and only where it differs
// from what is there: so nothing is announced, deselected or drawn again without need.

import { ago, date, isoDate } from "./words.js";

/** A copy of a template of the page. */
export function copyOf(template) {
    return document.getElementById(template).content.firstElementChild.cloneNode(true);
}

/** The first element beneath `root` that shows this field. */
export function field(root, name) {
    return root.querySelector(`[data-field="${name}"]`);
}

/** `element` says `text`. */
export function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

/** `element` has this attribute, or, with null, has it no longer. */
export function mark(element, attribute, value) {
    if (value === null) element.removeAttribute(attribute);
    else if (element.getAttribute(attribute) !== String(value)) element.setAttribute(attribute, value);
}

/** A `<time>` says how long ago it was, and its date to those who ask. */
export function sayAgo(time, at, now) {
    const iso = at === null ? null : isoDate(at);
    if (time.getAttribute("datetime") !== iso) {
        mark(time, "datetime", iso);
        mark(time, "title", iso && date(at));
    }
    say(time, ago(at, now));
}

/** All times of the page are as long ago as they are now. */
export function tick(now) {
    for (const time of document.querySelectorAll("time[datetime]")) {
        say(time, ago(Date.parse(time.dateTime) / 1000, now));
    }
}

/** An `<svg>` with a `<use>` has this shape. */
export function shape(svg, name) {
    mark(svg.firstElementChild, "href", `#shape-${name}`);
}

/**
 * The children of `parent` become those of `items`: made once for each key, filled each time, moved only if they must.
 * Those that stand there by the markup stay, before them.
 */
export function keep(parent, items, { keyOf, make, fill }) {
    const held = document.activeElement;
    const wanted = new Set(items.map(keyOf));
    const old = new Map();
    for (const child of Array.from(parent.children)) {
        if (child.dataset.kept === undefined) continue;
        if (wanted.has(child.dataset.kept)) old.set(child.dataset.kept, child);
        else child.remove();
    }
    let next = Array.from(parent.children).find((child) => child.dataset.kept !== undefined) ?? null;
    for (const item of items) {
        const key = keyOf(item);
        const child = old.get(key) ?? make(item);
        child.dataset.kept = key;
        fill(child, item);
        if (child === next) next = next.nextElementSibling;
        else parent.insertBefore(child, next);
    }
    // What is moved loses the focus.
    if (held !== document.activeElement && parent.contains(held)) held.focus({ preventScroll: true });
}
