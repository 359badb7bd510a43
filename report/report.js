(() => {
  const data = JSON.parse(document.getElementById("rows").textContent);
  const size = 50;
  let rows = data.rows, page = 0, column = -1, up = true;
  const table = document.getElementById("images");
  const compare = (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  };
  const headers = document.createElement("tr");
  data.columns.forEach((name, i) => {
    const th = document.createElement("th"), b = document.createElement("button");
    th.scope = "col";
    if (i > 1) th.className = "num";
    b.type = "button";
    b.textContent = name;
    b.addEventListener("click", () => {
      up = column === i ? !up : true;
      column = i;
      for (const h of headers.children) h.removeAttribute("aria-sort");
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      refresh();
    });
    th.append(b);
    headers.append(th);
  });
  table.tHead.append(headers);
  const search = document.getElementById("search"), shown = document.getElementById("shown");
  const previous = document.getElementById("previous"), next = document.getElementById("next");
  function refresh() {
    const wanted = search.value.toLowerCase();
    rows = data.rows.filter((r) => String(r[0]).toLowerCase().includes(wanted));
    if (column >= 0) rows.sort((a, b) => {
      if (a[column] === null || b[column] === null) return compare(a[column], b[column]);
      return (up ? 1 : -1) * compare(a[column], b[column]);
    });
    page = 0;
    draw();
  }
  function draw() {
    const body = document.createElement("tbody"), from = page * size;
    for (const row of rows.slice(from, from + size)) {
      const tr = document.createElement("tr");
      row.forEach((value, i) => {
        const cell = document.createElement(i ? "td" : "th");
        if (i > 1) cell.className = "num";
        cell.textContent = value === null ? "n/a" : String(value);
        tr.append(cell);
      });
      body.append(tr);
    }
    table.tBodies[0].replaceWith(body);
    const to = Math.min(from + size, rows.length);
    shown.textContent = rows.length ? `${from + 1} to ${to} of ${rows.length}` : "none";
    previous.disabled = page === 0;
    next.disabled = to >= rows.length;
  }
  search.addEventListener("input", refresh);
  previous.addEventListener("click", () => { page--; draw(); });
  next.addEventListener("click", () => { page++; draw(); });
  refresh();

  const toggle = document.getElementById("toggle");
  toggle.addEventListener("click", () => {
    const on = toggle.getAttribute("aria-pressed") !== "true";
    for (const m of document.querySelectorAll(".matrix")) m.classList.toggle("counts", on);
    toggle.setAttribute("aria-pressed", on);
    toggle.textContent = on ? "Show shares" : "Show counts";
  });
})();
