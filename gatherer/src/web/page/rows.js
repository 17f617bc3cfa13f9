// A table of which only the rows near the screen exist, so that 10,000 cost no more than a hundred.
//
// All rows are of one height. The frame around the table is padded by what is not there, so the page is as long as if
// all were. The row that the arrows have reached is the one that Tab leads to. Rows that stay keep their elements, and
// with them the focus and the selection.

import { keep, mark } from "./element.js";

/** Rows beyond either end of the screen: a flick of the wheel meets no void, and a short table is there as a whole. */
const BEYOND = 20;
/** Until a row has been measured. */
const HEIGHT_AT_FIRST = 44;

export class Rows {
    #frame;
    #table;
    #body;
    #make;
    #fill;
    #items = [];
    #places = new Map();
    #height = HEIGHT_AT_FIRST;
    #active = null;
    #held = false;

    /** Rows of `table` in `frame`, each of which `make` makes and `fill` fills with an item; an item has a `key`. */
    constructor(frame, table, { make, fill }) {
        this.#frame = frame;
        this.#table = table;
        this.#body = table.tBodies[0];
        this.#make = make;
        this.#fill = fill;
        this.#watchFocus();
        const draw = () => requestAnimationFrame(() => this.draw());
        addEventListener("scroll", draw, { passive: true });
        addEventListener("resize", draw);
    }

    /** The table is of these items, in this order. */
    show(items) {
        this.#items = items;
        this.#places = new Map(items.map(({ key }, place) => [key, place]));
        if (!this.#places.has(this.#active)) this.#active = items[0]?.key ?? null;
        mark(this.#table, "aria-rowcount", items.length + 1);
        this.draw();
    }

    /** Makes the rows that are near the screen. */
    draw() {
        if (this.#frame.offsetParent === null) return;
        this.#drawOnce();
        const height = this.#measured();
        if (height === this.#height) return;
        this.#height = height;
        this.#drawOnce();
    }

    /** Goes by so many rows, or to the first or last one by an infinite number, and puts the focus there. */
    move(by) {
        if (this.#items.length === 0) return;
        const from = this.#places.get(this.#active) ?? 0;
        this.focus(this.#items[Math.max(0, Math.min(this.#items.length - 1, from + by))].key);
    }

    /** Puts the focus on the row of this key, or on the active one. */
    focus(key = this.#active) {
        const place = this.#places.get(key);
        if (place === undefined) return;
        this.#reach(key);
        this.#bringIntoView(place);
        this.draw();
        this.#rowOf(key)?.querySelector("a").focus({ preventScroll: true });
    }

    /** How many rows fit the screen. */
    get fitting() {
        return Math.max(1, Math.floor(innerHeight / this.#height) - 2);
    }

    /** The focus is held, in mind, while the row that had it is away: nothing else has taken it then. */
    #watchFocus() {
        document.addEventListener("focusin", ({ target }) => {
            this.#held = this.#body.contains(target);
            if (this.#held) this.#reach(target.closest("tr").dataset.key);
        });
        document.addEventListener("pointerdown", () => (this.#held = false));
    }

    #drawOnce() {
        const top = this.#frame.getBoundingClientRect().top + this.#table.tHead.offsetHeight;
        const most = this.#items.length;
        const first = Math.max(0, Math.min(most, Math.floor(-top / this.#height)) - BEYOND);
        const end = Math.min(most, Math.max(0, Math.ceil((innerHeight - top) / this.#height)) + BEYOND);
        keep(this.#body, this.#items.slice(first, end), {
            keyOf: ({ key }) => key,
            make: this.#make,
            fill: (row, item) => this.#fillRow(row, item),
        });
        this.#frame.style.paddingTop = `${first * this.#height}px`;
        this.#frame.style.paddingBottom = `${(most - Math.max(first, end)) * this.#height}px`;
        // The row that had the focus has been away, and is here again.
        if (this.#held && document.activeElement === document.body) {
            this.#rowOf(this.#active)?.querySelector("a").focus({ preventScroll: true });
        }
    }

    #fillRow(row, item) {
        mark(row, "data-key", item.key);
        mark(row, "aria-rowindex", this.#places.get(item.key) + 2);
        mark(row.querySelector("a"), "tabindex", item.key === this.#active ? 0 : -1);
        this.#fill(row, item);
    }

    #measured() {
        const rows = this.#body.rows.length;
        return rows === 0 ? this.#height : this.#body.getBoundingClientRect().height / rows;
    }

    #reach(key) {
        if (key === this.#active) return;
        const tabindex = (key, index) => {
            const row = this.#rowOf(key);
            if (row) mark(row.querySelector("a"), "tabindex", index);
        };
        tabindex(this.#active, -1);
        tabindex(key, 0);
        this.#active = key;
    }

    #rowOf(key) {
        return Array.from(this.#body.rows).find((row) => row.dataset.key === key);
    }

    /** Scrolls as little as makes the row seen, beneath the table's head, which stays at the top. */
    #bringIntoView(place) {
        const head = this.#table.tHead.offsetHeight;
        const top = this.#frame.getBoundingClientRect().top + head + place * this.#height;
        const beneath = top + this.#height - innerHeight;
        if (top < head) scrollBy(0, top - head);
        else if (beneath > 0) scrollBy(0, beneath);
    }
}
