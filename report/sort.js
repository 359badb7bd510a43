"use strict";
(() => {
  const compare = (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  };
  for (const b of document.querySelectorAll(".sortable thead button:not(.what)")) b.addEventListener("click", () => {
    const th = b.parentElement, tr = th.parentElement, i = [...tr.children].indexOf(th);
    const ascending = th.getAttribute("aria-sort") !== "ascending";
    for (const h of tr.children) h.removeAttribute("aria-sort");
    th.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const body = th.closest("table").tBodies[0];
    const key = (r) => {
      const text = r.children[i].dataset.sort, x = Number(text);
      return text === "" ? null : Number.isNaN(x) ? text : x;
    };
    const sorted = [...body.rows].sort((a, b) => {
      const x = key(a), y = key(b);
      return x === null || y === null ? compare(x, y) : (ascending ? 1 : -1) * compare(x, y);
    });
    body.append(...sorted);
  });
})();
