// How the gathering stands: how many answered, when, what waits, what is wrong, and whether it goes on.

import { copyOf, field, keep, mark, say, sayAgo, shape } from "./element.js";
import { counts } from "./fleet.js";
import { now } from "./gatherer.js";
import { providerHash } from "./route.js";
import { STATES } from "./states.js";
import { date, many, number, took } from "./words.js";

/** A round may take all of its interval, and so may the write: after three of them rounds have stopped. */
const INTERVALS_STOPPED = 3;

const standing = document.getElementById("standing");

/** What became of the last round. */
export function show(round) {
    const { present, answered, ended_at: ended, pending } = round;
    showGatherer(round.gatherer);
    const state = ended === null ? "never" : answered < present ? "partial" : "ok";
    standing.hidden = false;
    mark(standing, "data-state", state);
    shape(standing.querySelector("h1 svg"), state);
    say(field(standing, "answered"), headline(round));
    for (const fact of standing.querySelectorAll("[data-fact=round]")) fact.hidden = ended === null;
    if (ended !== null) sayAgo(field(standing, "round-ended"), ended, now());
    say(field(standing, "round-took"), took(round.round_s));
    say(field(standing, "interval"), took(round.interval_s));
    say(field(standing, "rounds"), many(round.rounds, "round"));
    document.getElementById("pending").hidden = pending === 0;
    say(field(standing, "pending"), `${many(pending, "key waits", "keys wait")} for a decision`);
    showTroubles(round.troubles);
}

/** Of how many providers each state has its part, as a bar. */
export function showParts(providers) {
    const held = counts(providers);
    const parts = Object.keys(STATES).filter((state) => held.has(state)).reverse();
    keep(standing.querySelector(".bar"), parts, {
        keyOf: (state) => state,
        make: () => document.createElement("span"),
        fill(part, state) {
            mark(part, "data-state", state);
            part.style.flexGrow = held.get(state);
        },
    });
}

/** Says why what is shown may not be of now, or nothing. It is read out when it changes: so moments, no spans. */
export function warn(round, silence) {
    const warning = silence ? silent(round, silence) : stopped(round);
    const banner = document.getElementById("banner");
    if (warning !== null) say(field(banner, "banner"), warning);
    banner.hidden = warning === null;
}

/** How many of those that are there answered. */
export function headline({ present, answered, ended_at: ended }) {
    if (ended === null) return "The first round has not ended yet";
    if (present === 0) return "Nobody is asked yet";
    return `${number(answered)} of ${number(present)} answered`;
}

function silent(round, { why, at }) {
    if (round === null) return `The gatherer cannot be read: ${why}. It is asked again every few seconds.`;
    return `The gatherer cannot be read: ${why}. What is shown is of ${date(at)}. It is asked again every few seconds.`;
}

function stopped(round) {
    if (round === null || round.ended_at === null) return null;
    const since = now() - round.ended_at;
    if (since <= INTERVALS_STOPPED * round.interval_s) return null;
    return `The rounds have stopped: the last one ended at ${date(round.ended_at)}. The gatherer's log says why.`;
}

function showGatherer({ key, nickname, version }) {
    const link = document.getElementById("gatherer");
    mark(link, "href", providerHash(key));
    mark(link, "title", `The gatherer's own values. Its key: ${key}`);
    say(field(link, "nickname"), nickname || "gatherer");
    say(field(link, "version"), version);
    link.hidden = false;
}

function showTroubles(troubles) {
    keep(document.getElementById("troubles"), troubles, {
        keyOf: (trouble) => trouble,
        make: () => copyOf("trouble-template"),
        fill: (notice, trouble) => say(field(notice, "trouble"), trouble),
    });
}
