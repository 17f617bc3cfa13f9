// One provider: who it is, how its producers do, and its values.

import { copyOf, field, keep, mark, say, sayAgo, shape } from "./element.js";
import { producersOf } from "./fleet.js";
import { now } from "./gatherer.js";
import { known, meaning, outcomeOf, word } from "./states.js";
import { number, took } from "./words.js";
import * as values from "./values.js";

/** Characters of a component's hash that tell versions apart for people. */
const DIGEST_CHARS = 12;

const section = document.getElementById("provider");
const title = document.getElementById("provider-label");
const filter = document.getElementById("filter");
const back = document.getElementById("back");

/** The provider of this key takes the view, empty until it has been asked for. `list` is the way back. */
export function show(key, list) {
    section.hidden = false;
    mark(back, "href", list);
    if (section.dataset.key !== key) clear(key);
    scrollTo(0, 0);
    title.focus({ preventScroll: true });
}

/** Another view takes its place. */
export function hide() {
    section.hidden = true;
}

/** An answer with this provider has come, or with the gatherer's own values. */
export function take(provider, isGatherer) {
    document.getElementById("refused").hidden = true;
    document.getElementById("known").hidden = false;
    mark(section, "data-state", known(provider.state));
    shape(title.querySelector("svg"), known(provider.state));
    say(field(section, "label"), provider.label);
    say(field(section, "state"), word(provider.state));
    say(field(section, "meaning"), isGatherer ? "the gatherer itself" : meaning(provider.state));
    document.title = `${provider.label} · Statsgrid`;
    fillCards(provider);
    fillProducers(provider);
    values.take(provider);
}

/** There is no such provider, or no word of it. */
export function refuse(reason) {
    document.getElementById("known").hidden = true;
    say(field(section, "label"), "Not known");
    document.title = "Not known · Statsgrid";
    say(document.getElementById("refused"), reason);
    document.getElementById("refused").hidden = false;
}

/** What a key does here. Whether it did something. */
export function pressed(event) {
    if (event.key === "/" && event.target !== filter) filter.select();
    else if (event.key === "Escape" && event.target === filter && filter.value) values.narrow((filter.value = ""));
    else if (event.key === "Escape") back.click();
    else return false;
    return true;
}

function clear(key) {
    mark(section, "data-key", key);
    mark(section, "data-state", "never");
    shape(title.querySelector("svg"), "never");
    say(field(section, "key"), key);
    for (const name of ["state", "meaning"]) say(field(section, name), "");
    say(field(section, "label"), "…");
    document.getElementById("known").hidden = true;
    document.getElementById("refused").hidden = true;
    values.narrow((filter.value = ""));
}

function fillCards({ last_seen: seen, first_seen: first, started_at: started, stale, rejected }) {
    sayAgo(field(section, "seen"), seen, now());
    sayAgo(field(section, "first-seen"), first, now());
    sayAgo(field(section, "started"), started, now());
    field(section, "stale").hidden = !stale;
    const reasons = Object.entries(rejected).filter(([, count]) => count > 0);
    const said = reasons.map(([reason, count]) => `${number(count)} ${reason.replaceAll("_", " ")}`);
    say(field(section, "rejected"), said.join(", ") || "nothing");
}

function fillProducers(provider) {
    const producers = producersOf(provider);
    document.getElementById("producers").hidden = producers.length === 0;
    document.getElementById("no-producers").hidden = producers.length > 0;
    keep(document.getElementById("producers").tBodies[0], producers, {
        keyOf: ({ name }) => name,
        make: () => copyOf("producer-template"),
        fill: fillProducer,
    });
}

function fillProducer(row, { name, outcome, message, taken_at: taken, pace_s: pace, digest }) {
    const { shape: like, means } = outcomeOf(outcome);
    mark(row, "data-name", name);
    mark(row, "data-outcome", outcome);
    mark(row, "data-state", like);
    shape(row.querySelector("svg"), like);
    say(field(row, "name"), name);
    say(field(row, "outcome"), outcome);
    say(field(row, "message"), message || (outcome === "ok" ? "" : means));
    mark(field(row, "outcome"), "title", means);
    sayAgo(field(row, "taken"), taken, now());
    say(field(row, "pace"), pace ? `, each ${took(pace)}` : "");
    say(field(row, "digest"), digest ? `${digest.slice(0, DIGEST_CHARS)}…` : "built in");
    mark(field(row, "digest"), "title", digest ? `SHA-256: ${digest}` : null);
}

filter.addEventListener("input", () => values.narrow(filter.value));
