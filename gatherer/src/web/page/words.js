// Times and numbers in the words of people, as the terminal's tables have them.
//
// Moments are seconds since 1970 by the gatherer's clock, which is passed in. Values of stats are not here: they are
// shown as the gatherer writes them, digit by digit.

const NUMBERS = new Intl.NumberFormat("en");
const ROUNDED = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
// Of all tongues that a browser knows, Swedish writes a date as 2026-11-23 07:57:42.
const DATES = new Intl.DateTimeFormat("sv-SE", {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
});

/** A span of time in its largest unit of which there are two or more. */
export function span(seconds) {
    const whole = Math.floor(seconds);
    if (whole < 120) return `${whole} s`;
    if (whole < 7_200) return `${Math.floor(whole / 60)} min`;
    if (whole < 172_800) return `${Math.floor(whole / 3_600)} h`;
    return `${number(Math.floor(whole / 86_400))} days`;
}

/** How long ago it was, or how far ahead it is. */
export function ago(at, now) {
    if (at === null) return "never";
    return at > now + 1 ? `${span(at - now)} ahead` : `${span(Math.max(0, now - at))} ago`;
}

/** How long something took. */
export function took(seconds) {
    if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
    return seconds < 120 ? `${ROUNDED.format(seconds)} s` : span(seconds);
}

/** A date of this browser's time zone. */
export function date(at) {
    return DATES.format(at * 1000);
}

/** A date for machines. */
export function isoDate(at) {
    return new Date(at * 1000).toISOString();
}

/** A count, with commas between thousands. */
export function number(count) {
    return NUMBERS.format(count);
}

/** `1 key`, `2 keys`. */
export function many(count, one, several = `${one}s`) {
    return `${number(count)} ${count === 1 ? one : several}`;
}

/** What was computed, to four digits: a rate, the ends of a curve. */
export function rounded(value) {
    const magnitude = Math.abs(value);
    const plain = magnitude === 0 || (magnitude >= 1e-4 && magnitude < 1e15);
    return plain ? ROUNDED.format(value) : value.toExponential(3);
}
