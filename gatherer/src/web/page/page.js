// The page as a whole: what the address says is shown, and kept as the gatherer has it.
//
// Every few seconds the gatherer is asked how it stands, and only after another round for what is shown. A page that
// nobody looks at asks nothing.

import { tick } from "./element.js";
import { NoAnswer, askProvider, askProviders, askRound, now } from "./gatherer.js";
import * as list from "./list.js";
import * as provider from "./provider.js";
import { parse } from "./route.js";
import * as standing from "./standing.js";

/** How often the gatherer is asked: some times a round, but neither in a hurry nor seldom. */
const ASK_LEAST_MS = 1_000;
const ASK_MOST_MS = 5_000;
const ASKS_A_ROUND = 4;
/** What is shown is asked for again by then even without a new round: values grow stale by time alone. */
const HOLDS_MS = 60_000;
const TICK_MS = 1_000;

let route = parse(location.hash);
let round = null;
let silence = null;
let loaded = null;
let asking = 0;

/** Asks, shows, and comes again. */
async function watch() {
    clearTimeout(asking);
    try {
        round = await askRound();
        showStanding();
        await load();
        silence = null;
    } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        silence ??= { why: error.message, at: now() };
    } finally {
        standing.warn(round, silence);
        clearTimeout(asking);
        if (!document.hidden) asking = setTimeout(watch, pause());
    }
}

function showStanding() {
    if (round === null) return;
    standing.show(round);
    if (route.view === "list") document.title = `${standing.headline(round)} · Statsgrid`;
}

function pause() {
    const share = ((round?.interval_s ?? 0) * 1000) / ASKS_A_ROUND;
    return Math.max(ASK_LEAST_MS, Math.min(ASK_MOST_MS, share));
}

/** Asks for what is shown, unless it is of this round. */
async function load() {
    const { view, key } = route;
    const of = JSON.stringify([view, key, round?.round, round?.ended_at]);
    if (loaded?.of === of && performance.now() - loaded.at < HOLDS_MS) return;
    if (view === "list") await loadList();
    else await loadProvider(key);
    loaded = { of, at: performance.now() };
}

async function loadList() {
    const answer = await askProviders();
    standing.showParts(answer.providers);
    list.take(answer);
}

async function loadProvider(key) {
    const isShown = () => route.view === "provider" && route.key === key;
    try {
        const answer = await askProvider(key);
        if (isShown()) provider.take(answer, key === round.gatherer.key);
    } catch (error) {
        if (error.status !== 404) throw error;
        if (isShown()) provider.refuse("The gatherer knows no provider of this key. It may have been forgotten.");
    }
}

/** Shows what the address says. */
function follow() {
    const before = route;
    route = parse(location.hash);
    if (route.view === "list") {
        provider.hide();
        list.show(route, before.view === "provider" ? before.key : null);
        showStanding();
    } else {
        list.hide();
        provider.show(route.key, list.address());
    }
    watch();
}

addEventListener("hashchange", follow);
addEventListener("visibilitychange", () => document.hidden || watch());
addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const view = route.view === "list" ? list : provider;
    if (view.pressed(event)) event.preventDefault();
});
setInterval(() => {
    if (document.hidden) return;
    tick(now());
    standing.warn(round, silence);
}, TICK_MS);

history.scrollRestoration = "manual";
follow();
