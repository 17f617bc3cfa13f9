// A curve through an hour of values: its path, and what it says to those who do not see it.
//
// It has neither axes nor numbers: it shows a shape. Where a value is missing the curve has a gap, for a line drawn
// across would be a value that nobody reported.

import { rounded } from "./words.js";

/** The curve's own units, which the page stretches to whatever room there is. */
export const WIDTH = 120;
export const HEIGHT = 28;
const MARGIN = 3;

/** The paths of a line, of the area beneath it and of its last point, and its ends; null if there is no value. */
export function curve(times, values) {
    const present = values.filter((value) => value !== null);
    if (present.length === 0) return null;
    const least = present.reduce((one, other) => Math.min(one, other));
    const most = present.reduce((one, other) => Math.max(one, other));
    const runs = unbroken(times, values).map((run) => run.map(place(times, least, most)));
    const last = runs.at(-1).at(-1);
    return {
        line: runs.map(line).join(""),
        area: runs.filter((run) => run.length > 1).map(area).join(""),
        end: values.at(-1) === null ? "" : line([last]),
        least,
        most,
    };
}

/** A curve in words, of values in this unit, over this time. */
export function spoken(ends, unit, over) {
    if (ends === null) return `no values in ${over}`;
    const of = unit ? ` ${unit}` : "";
    if (ends.least === ends.most) return `${rounded(ends.least)}${of} all of ${over}`;
    return `from ${rounded(ends.least)} to ${rounded(ends.most)}${of} in ${over}`;
}

/** Neighbours that are all there, as pairs of time and value. */
function unbroken(times, values) {
    const runs = [[]];
    values.forEach((value, at) => {
        if (value === null) runs.push([]);
        else runs.at(-1).push([times[at], value]);
    });
    return runs.filter((run) => run.length > 0);
}

/** Where a pair lies. A curve that does not move lies in the middle, or, at 0, on the ground. */
function place(times, least, most) {
    const since = times[0];
    const across = (WIDTH - 2 * MARGIN) / (times.at(-1) - since || 1);
    // Halves first: the difference of the largest two floats is none.
    const half = most / 2 - least / 2;
    const still = most === 0 ? 0 : 0.5;
    const up = (value) => (half === 0 ? still : (value / 2 - least / 2) / half);
    return ([time, value]) => [
        round(MARGIN + (time - since) * across),
        round(HEIGHT - MARGIN - up(value) * (HEIGHT - 2 * MARGIN)),
    ];
}

function line(points) {
    const [[x, y], ...rest] = points;
    // A point alone is a line of no length, which round ends make a dot.
    return `M${x} ${y}` + (rest.length === 0 ? "h0" : rest.map(([x, y]) => `L${x} ${y}`).join(""));
}

function area(points) {
    return `${line(points)}V${HEIGHT}H${points[0][0]}Z`;
}

function round(value) {
    return Math.round(value * 100) / 100;
}
