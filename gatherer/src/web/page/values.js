// The values of one provider, by producer: each exactly as it was reported, with its age, its rate and its last hour.

import { curve, spoken } from "./curve.js";
import { copyOf, field, keep, mark, say, sayAgo } from "./element.js";
import { now } from "./gatherer.js";
import { many, number, rounded, span } from "./words.js";

/**
 * Beyond as many, a browser lays out only the rows that are on the screen: all of 2,000 would hold up each letter of a
 * filter for half a second. Not before, for it hides the others from screen readers, too.
 */
const MANY = 500;

const table = document.getElementById("values");
const none = document.getElementById("no-values");

let wanted = "";

/** An answer with a provider's values has come. */
export function take({ values, history }) {
    const over = history.seconds > 0 ? `the last ${span(history.seconds)}` : "this round alone";
    say(field(table, "said"), over.charAt(0).toUpperCase() + over.slice(1));
    say(document.getElementById("past"), values.length > 0 ? `Curves show ${history.said}.` : "");
    table.classList.toggle("many", values.length > MANY);
    keep(table, groups(values), {
        keyOf: ([producer]) => producer,
        make: () => copyOf("group-template"),
        fill(group, [producer, members]) {
            mark(group, "data-producer", producer);
            say(field(group, "group"), producer);
            keep(group, members, {
                keyOf: ({ id }) => id,
                make: () => copyOf("value-template"),
                fill: (row, value) => fill(row, value, history.times, over),
            });
        },
    });
    narrow(wanted);
}

/** Only values whose names hold each word of this are shown. */
export function narrow(text) {
    wanted = text;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const group of table.tBodies) {
        const before = shown;
        for (const row of group.querySelectorAll("[data-name]")) {
            row.hidden = !words.every((word) => row.dataset.name.toLowerCase().includes(word));
            if (!row.hidden) shown += 1;
        }
        group.hidden = shown === before;
    }
    table.hidden = shown === 0;
    none.hidden = shown > 0;
    say(none, words.length > 0 ? "No name is like that." : "It has reported none.");
    say(document.getElementById("filtered"), words.length > 0 ? `${many(shown, "value")} shown` : "");
}

/** The values of each producer, in the order of names. A counter and a stat may have one name: each has an id. */
export function groups(values) {
    const groups = new Map();
    const sorted = values.toSorted((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
    let last = null;
    for (const value of sorted) {
        const twin = value.name === last;
        last = value.name;
        const producer = value.name.split(".", 1)[0];
        if (!groups.has(producer)) groups.set(producer, []);
        groups.get(producer).push({ ...value, id: twin ? `${value.name} again` : value.name });
    }
    return Array.from(groups);
}

function fill(row, value, times, over) {
    const { name, kind, text, unit, help, rate } = value;
    mark(row, "data-name", name);
    mark(row, "data-kind", kind);
    say(field(row, "name"), name);
    say(field(row, "help"), help ?? "");
    say(field(row, "value"), text);
    say(field(row, "unit"), unit ?? "");
    say(field(row, "rate"), rate === null ? (kind === "counter" ? "–" : "") : `${rounded(rate)} /s`);
    sayAgo(field(row, "taken"), value.taken_at, now());
    field(row, "stale").hidden = !value.stale;
    draw(field(row, "curve"), value, times, over);
}

function draw(svg, { kind, unit, history }, times, over) {
    const path = curve(times, history);
    const per = kind === "counter" ? `${unit ?? ""}/s` : unit;
    const words = spoken(path, per, over);
    mark(svg, "aria-label", words);
    mark(svg.parentElement, "title", words);
    for (const [part, d] of [["under", path?.area], ["line", path?.line], ["end", path?.end]]) {
        mark(svg.querySelector(`.${part}`), "d", d || null);
    }
}
