// Which providers are shown, and in which order. Nothing here knows of the screen.
//
// What is looked at for each letter that is typed is made once a round: one lower-case text to search a provider by,
// and its place in the order of labels: to compare 10,000 names as people read them takes longer than a keystroke may.

import { known, rank, word } from "./states.js";

const { compare } = new Intl.Collator("en", { numeric: true });

/** What the table is sorted by, ascending: the worst state is the first, and who was seen last. Labels part equals. */
const ORDERS = {
    state: (one, other) => rank(one.state) - rank(other.state),
    label: (one, other) => one.place - other.place,
    seen: (one, other) => (other.last_seen ?? 0) - (one.last_seen ?? 0),
    producers: (one, other) => one.failing - other.failing || one.reports.length - other.reports.length,
    values: (one, other) => one.values - other.values,
};

/** The names of the columns to sort by. */
export const COLUMNS = Object.keys(ORDERS);
/** Those of which people want the most first. */
export const MOST_FIRST = new Set(["producers", "values"]);

/** The providers of an answer, made ready to be searched and sorted. */
export function prepare(providers) {
    const ready = providers.map((provider) => {
        const reports = producersOf(provider);
        const failing = reports.filter(({ outcome }) => outcome !== "ok").length;
        return { ...provider, reports, failing, searched: searched(provider) };
    });
    ready.sort((one, other) => compare(one.label, other.label) || (one.key < other.key ? -1 : 1));
    ready.forEach((provider, place) => (provider.place = place));
    return ready;
}

/** Those of which each word of the search says something. */
export function find(fleet, search) {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return fleet.filter(({ searched }) => words.every((word) => searched.includes(word)));
}

/** Those of the found that are in the wanted state, or in any, in the wanted order. */
export function select(found, { state = null, sort = "state", descending = false }) {
    const order = ORDERS[sort] ?? ORDERS.state;
    const wanted = found.filter((provider) => state === null || known(provider.state) === state);
    const sign = descending ? -1 : 1;
    return wanted.sort((one, other) => sign * order(one, other) || one.place - other.place);
}

/** How many are in each state. */
export function counts(fleet) {
    const counts = new Map();
    for (const { state } of fleet) counts.set(known(state), (counts.get(known(state)) ?? 0) + 1);
    return counts;
}

/** What is known of its producers, those first that are not ok: each name, outcome and message. */
export function producersOf(provider) {
    const producers = Object.entries(provider.producers).map(([name, report]) => ({ name, ...report }));
    const fine = ({ outcome }) => Number(outcome === "ok");
    return producers.sort((one, other) => fine(one) - fine(other) || compare(one.name, other.name));
}

/** All that a provider is found by. */
function searched({ nickname, label, key, state, producers }) {
    const reports = Object.entries(producers).flatMap(([name, { outcome, message }]) => [name, outcome, message ?? ""]);
    return [nickname, label, key, word(state), ...reports].join("\n").toLowerCase();
}
