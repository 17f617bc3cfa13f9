// What the address says is shown: `#/` the list, with its search, `#/provider/KEY` one provider.
//
// So a link leads to what its sender saw, and the browser's Back is the way back.

import { COLUMNS } from "./fleet.js";
import { STATES } from "./states.js";

const PROVIDER = "#/provider/";

/** The list as it is first seen. */
export const LIST = { view: "list", search: "", state: null, sort: "state", descending: false };

/** What `location.hash` asks for. What it asks for in vain is left out. */
export function parse(hash) {
    if (hash.startsWith(PROVIDER)) return { view: "provider", key: unescaped(hash.slice(PROVIDER.length)) };
    const asked = new URLSearchParams(hash.slice(hash.indexOf("?") + 1 || hash.length));
    return {
        view: "list",
        search: asked.get("search") ?? "",
        state: Object.hasOwn(STATES, asked.get("state")) ? asked.get("state") : null,
        sort: COLUMNS.includes(asked.get("sort")) ? asked.get("sort") : LIST.sort,
        descending: asked.get("order") === "descending",
    };
}

/** The hash of a list. */
export function listHash({ search, state, sort, descending }) {
    const asked = new URLSearchParams();
    if (search) asked.set("search", search);
    if (state) asked.set("state", state);
    if (sort !== LIST.sort) asked.set("sort", sort);
    if (descending) asked.set("order", "descending");
    return asked.size > 0 ? `#/?${asked}` : "#/";
}

/** The hash of a provider. */
export function providerHash(key) {
    return PROVIDER + encodeURIComponent(key);
}

function unescaped(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}
