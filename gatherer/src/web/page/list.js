// All providers: a search, the states to choose from, and the table.
//
// What is chosen stands in the address, so that a link or the way back leads to the same rows.

import { copyOf, field, keep, mark, say, sayAgo, shape } from "./element.js";
import { MOST_FIRST, counts, find, prepare, select } from "./fleet.js";
import { now } from "./gatherer.js";
import { LIST, listHash, providerHash } from "./route.js";
import { Rows } from "./rows.js";
import { STATES, known, meaning, word } from "./states.js";
import { many, number } from "./words.js";

/** Characters of a key that tell nodes apart for people. */
const KEY_CHARS = 9;
/** Who types is done by then: the count is read out, and the address changes, which browsers allow only so often. */
const SETTLED_MS = 500;

const section = document.getElementById("list");
const search = document.getElementById("search");
const table = document.getElementById("providers");
const rows = new Rows(document.getElementById("window"), table, { make: () => copyOf("row-template"), fill: fillRow });

let fleet = null;
let shown = [];
let asked = LIST;
let scrolled = 0;
let settling = 0;

/** The list as this route has it, where it was left; the focus goes to the provider that was looked at. */
export function show(route, from = null) {
    const same = listHash(route) === listHash(asked);
    asked = route;
    search.value = route.search;
    section.hidden = false;
    render();
    if (from === null) return;
    scrollTo(0, same ? scrolled : 0);
    rows.focus(from);
}

/** Another view takes its place. */
export function hide() {
    if (!section.hidden) scrolled = scrollY;
    section.hidden = true;
}

/** An answer with all providers has come. */
export function take({ providers }) {
    fleet = prepare(providers);
    render();
}

/** What the address says while the list is shown. */
export function address() {
    return listHash(asked);
}

/** What a key does here. Whether it did something. */
export function pressed(event) {
    if (event.key === "/" && event.target !== search) search.select();
    else if (event.key === "Escape" && event.target === search && search.value) ask({ search: "" });
    else if (event.target === search && event.key === "Enter") rows.focus();
    else if (event.target === search && event.key !== "ArrowDown") return false;
    else if (event.target === search) rows.focus();
    else return event.target.closest("#window tbody") !== null && moved(event.key);
    return true;
}

function moved(key) {
    const page = rows.fitting;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!Object.hasOwn(steps, key)) return false;
    rows.move(steps[key]);
    return true;
}

function ask(change, settledMs = 0) {
    asked = { ...asked, ...change };
    search.value = asked.search;
    render();
    clearTimeout(settling);
    settling = setTimeout(settle, settledMs);
}

function settle() {
    write();
    say(document.getElementById("found"), `${many(shown.length, "provider")} of ${number(fleet?.length ?? 0)}`);
}

function write() {
    if (!section.hidden && location.hash !== address()) history.replaceState(null, "", address());
}

function render() {
    if (section.hidden || fleet === null) return;
    const found = find(fleet, asked.search);
    shown = select(found, asked);
    document.getElementById("empty").hidden = fleet.length > 0;
    document.getElementById("fleet").hidden = fleet.length === 0;
    document.getElementById("nothing").hidden = shown.length > 0;
    renderStates(found);
    renderHeads();
    rows.show(shown);
}

function renderStates(found) {
    const held = counts(found);
    const present = counts(fleet);
    const states = Object.keys(STATES).filter((state) => present.has(state) || state === asked.state);
    keep(document.getElementById("states"), ["", ...states], {
        keyOf: (state) => state,
        make: () => copyOf("state-template"),
        fill(button, state) {
            mark(button, "data-state", state);
            mark(button, "aria-pressed", (asked.state ?? "") === state);
            mark(button, "title", state && meaning(state));
            shape(button.querySelector("svg"), state || "all");
            say(field(button, "word"), state ? word(state) : "all");
            say(field(button, "count"), number(state ? (held.get(state) ?? 0) : found.length));
        },
    });
}

function renderHeads() {
    for (const head of table.tHead.rows[0].cells) {
        const direction = asked.descending ? "descending" : "ascending";
        mark(head, "aria-sort", head.dataset.sort === asked.sort ? direction : null);
    }
}

function fillRow(row, provider) {
    mark(row, "data-state", known(provider.state));
    shape(row.querySelector("svg"), known(provider.state));
    mark(row.cells[0], "title", meaning(provider.state));
    mark(row.querySelector("a"), "href", providerHash(provider.key));
    mark(row.querySelector("a"), "title", `${provider.label}\n${provider.key}`);
    say(field(row, "state"), word(provider.state));
    say(field(row, "label"), provider.label);
    say(field(row, "key"), `${provider.key.slice(0, KEY_CHARS)}…`);
    sayAgo(field(row, "seen"), provider.last_seen, now());
    field(row, "stale").hidden = !provider.stale;
    say(field(row, "values"), number(provider.values));
    fillProducers(row, provider);
}

/** Those that are not fine with why, then the others, then how much of what came was not accepted. */
function fillProducers(row, { reports, failing, rejected }) {
    const faults = reports.slice(0, failing).map(({ name, outcome, message }) => {
        return message ? `${name}: ${outcome} (${message})` : `${name}: ${outcome}`;
    });
    const fine = reports.slice(failing).map(({ name }) => name);
    say(field(row, "faults"), faults.join("; "));
    say(field(row, "fine"), fine.length > 0 ? `${number(fine.length)} ok: ${fine.join(", ")}` : "");
    say(field(row, "rejected"), rejected > 0 ? `${many(rejected, "message")} not accepted` : "");
    mark(field(row, "producers"), "title", reports.map(({ name, outcome }) => `${name}: ${outcome}`).join("\n"));
}

// Before a link is followed, the address says what it leads away from.
document.addEventListener("click", write, { capture: true });
search.addEventListener("input", () => ask({ search: search.value }, SETTLED_MS));
search.form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("states").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const state = button.dataset.state || null;
    ask({ state: state === asked.state ? null : state });
});
table.tHead.addEventListener("click", (event) => {
    const sort = event.target.closest("button")?.closest("th").dataset.sort;
    if (sort) ask({ sort, descending: sort === asked.sort ? !asked.descending : MOST_FIRST.has(sort) });
});
table.tBodies[0].addEventListener("click", (event) => {
    // A row is as large a link as its link; but who marks its text wants the text.
    if (event.target.closest("a") || !getSelection().isCollapsed) return;
    event.target.closest("tr")?.querySelector("a").click();
});
document.querySelector("#nothing button").addEventListener("click", () => {
    ask({ search: "", state: null });
    search.focus();
});
