// What can become of a provider in a round, and of a producer at a call: each with its word and what it means.
//
// Each has a shape too, `#shape-…` of index.html, so that no colour is needed to tell them apart. The lists are
// closed: what a later gatherer knows beside them is shown as `unknown`, under its own word.

/** States of providers, the worst first. */
export const STATES = {
    missing: { word: "missing", means: "did not answer in the last round" },
    refused: { word: "refused", means: "answered without stats: its clock may be wrong" },
    too_large: { word: "too large", means: "what came under its name was too large to be taken" },
    late: { word: "late", means: "answered after the deadline" },
    partial: { word: "partial", means: "answered, but not all of its producers are fine" },
    unknown: { word: "unknown", means: "a state that this page does not know" },
    never: { word: "never", means: "announced itself, and has never answered" },
    gone: { word: "gone", means: "said goodbye, or missed many rounds" },
    ok: { word: "ok", means: "answered, and all of its producers are fine" },
};

/** Outcomes of producers, each with the shape of the state that is most like it. */
export const OUTCOMES = {
    ok: { shape: "ok", means: "its stats are there" },
    cpu: { shape: "missing", means: "computed past its limit" },
    wall: { shape: "missing", means: "did not return in time" },
    memory: { shape: "missing", means: "wanted more memory than it may have" },
    output: { shape: "partial", means: "reported more than it may; the rest is missing" },
    exit: { shape: "missing", means: "exited, which a producer has no reason to do" },
    trap: { shape: "missing", means: "trapped; a fresh instance will be tried" },
    error: { shape: "missing", means: "returned an error" },
    invalid: { shape: "partial", means: "some of what it reported is no stat; the rest is there" },
    refused: { shape: "refused", means: "could not be loaded" },
    delayed: { shape: "late", means: "failed before, and its next instance waits" },
    unknown: { shape: "unknown", means: "an outcome that this page does not know" },
};

const RANKS = new Map(Object.keys(STATES).map((state, rank) => [state, rank]));

/** Its place among the states: the worst is 0. */
export function rank(state) {
    return RANKS.get(known(state));
}

/** The state, or `unknown` for one that is none of ours. */
export function known(state) {
    return Object.hasOwn(STATES, state) ? state : "unknown";
}

/** Its word, for people. */
export function word(state) {
    return Object.hasOwn(STATES, state) ? STATES[state].word : String(state);
}

/** What it means, in a line. */
export function meaning(state) {
    return STATES[known(state)].means;
}

/** A producer's outcome: its shape, and what it means. */
export function outcomeOf(outcome) {
    return Object.hasOwn(OUTCOMES, outcome) ? OUTCOMES[outcome] : OUTCOMES.unknown;
}
