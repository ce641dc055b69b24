// Single keys, for those who have switched them on (WCAG 2.1.4). They do nothing while somebody types, nor with a
// modifier, and only what a link, a button or a box of the page does too.
"use strict";
(() => {
    const main = document.getElementById("main");
    const first = selector => main.querySelector(selector);
    const links = () => [...main.querySelectorAll("tbody tr")]
        .map(row => row.querySelector("th[scope=row] a")).filter(Boolean);
    const row = () => document.activeElement.closest("tbody tr");

    function step(by) {
        const all = links(), here = row();
        const at = all.findIndex(link => here && here.contains(link));
        const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
        all[next]?.focus();
    }

    const DEEDS = {
        "/": () => document.getElementById("find")?.focus(),
        "?": () => location.assign("/account#shortcuts"),
        j: () => step(1),
        k: () => step(-1),
        x: () => row()?.querySelector("input[type=checkbox]")?.click(),
        e: () => (row() ?? main).querySelector('a[href^="/explain/"]')?.click(),
        a: () => first('form[action$="/assign"] button')?.click(),
        r: () => first('form[action$="/resolve"] input[name=way]')?.focus(),
    };

    document.addEventListener("keydown", event => {
        const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
        if (typing || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(DEEDS, event.key)) {
            return;
        }
        event.preventDefault();
        DEEDS[event.key]();
    });
})();
