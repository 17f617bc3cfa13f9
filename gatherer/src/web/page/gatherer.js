// What the gatherer is asked over HTTP, and its clock.
//
// Addresses are relative, so the page also works where a proxy serves it under a path of its own.

/** How long an answer may take. */
const PATIENCE_MS = 10_000;

/** An answer that is none: its status, or 0 if nothing came. */
export class NoAnswer extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

/** How things stand: small, asked every few seconds, and always of this moment, so it sets the clock. */
export async function askRound() {
    const round = await ask("api/v1/round");
    told = { now: round.now, at: performance.now() };
    return round;
}

/** All providers, in an answer that may be some seconds old. */
export const askProviders = () => ask("api/v1/providers");

/** One provider, with its values. */
export const askProvider = (key) => ask(`api/v1/providers/${encodeURIComponent(key)}`);

/** The moment by the gatherer's clock, for the browser's may be wrong. */
export function now() {
    return told.now + (performance.now() - told.at) / 1000;
}

let told = { now: Date.now() / 1000, at: performance.now() };

async function ask(path) {
    let response;
    try {
        response = await fetch(path, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch {
        throw new NoAnswer(0, "it does not answer");
    }
    if (!response.ok) throw new NoAnswer(response.status, `it answers with status ${response.status}`);
    try {
        return await response.json();
    } catch {
        throw new NoAnswer(0, "its answer was cut short");
    }
}
