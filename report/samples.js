// The first rows stand in the page as they are; the table comes alive once the page is open and the browser has time.
window.addEventListener("load", () => (window.requestIdleCallback || setTimeout)(() => {
  const get = (id) => document.getElementById(id);
  const section = get("samples"), table = get("images");
  if (!section) return;
  const data = JSON.parse(get("rows").textContent), names = data.names, columns = data.columns;
  section.querySelectorAll(".column").forEach((e, i) => { columns[i].element = e; });
  const pictures = new Map([...document.querySelectorAll("#shots figure")].map((f) => [Number(f.id.slice("shot-".length)), f]));
  const undefinedCount = 0xffffffff;

  // values decodes a column when it is first needed: NaN stands for what is undefined.
  const values = (c) => {
    if (!c.values) {
      const text = atob(JSON.parse(c.element.textContent)), bytes = new Uint8Array(text.length);
      for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
      c.values = c.kind === "count" ? Float64Array.from(new Uint32Array(bytes.buffer), (n) => (n === undefinedCount ? NaN : n)) : new Float32Array(bytes.buffer);
      c.element.remove();
    }
    return c.values;
  };
  // short writes four digits as the rest of the page does.
  const short = (x) => {
    const [digits, power] = x.toExponential(3).split("e"), e = Number(power);
    if (x === 0 || (e >= -4 && e < 4)) return String(Number(x.toPrecision(4)));
    return `${Number(digits)}e${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`;
  };
  // grouped writes a count; toLocaleString takes 20 ms when it is first called.
  const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  const write = (c, i) => {
    const x = values(c)[i];
    if (!Number.isFinite(x)) return "n/a";
    return c.kind === "share" ? (100 * x).toFixed(2) : c.kind === "count" ? String(x) : short(x);
  };

  // Rows are sorted once a column, ascending, and undefined ones last; a search then walks them in that order.
  const byName = { name: "image" };
  let sorted = null, down = false, rows = [], page = 0, lower = null;
  const ascending = (c) => {
    if (!c.order) {
      c.order = c === byName ? Uint32Array.from(names.keys()).sort((a, b) => (names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : a - b)) : orderOf(values(c));
      c.known = c === byName ? names.length : values(c).reduce((n, x) => n + !Number.isNaN(x), 0);
    }
    return c.order;
  };
  // orderOf sorts numbers instead of calling a comparison, in a third of the time: each is a figure's rank among all
  // figures of 32 bits, above its row.
  const orderOf = (figures) => {
    const rows = 2 ** 20, keys = new Float64Array(figures.length);
    const bits = figures instanceof Float32Array ? new Uint32Array(figures.buffer) : null;
    for (let i = 0; i < keys.length; i++) {
      let rank = figures[i];
      if (bits && rank !== 0) rank = rank > 0 ? bits[i] : -(bits[i] - 2 ** 31);
      keys[i] = (Number.isNaN(figures[i]) ? 2 ** 32 : rank) * rows + i;
    }
    keys.sort();
    return new Uint32Array(keys.map((key) => key - Math.floor(key / rows) * rows));
  };
  const rowAt = (k) => {
    if (!sorted) return k;
    const order = ascending(sorted);
    return order[down && k < sorted.known ? sorted.known - 1 - k : k];
  };

  const search = get("search"), kind = get("sample-kind"), where = get("sample-where"), side = get("sample-side"), bound = get("sample-bound");
  const kinds = { pictured: (i) => pictures.has(i), failed: (i) => data.notes[i] === "failed", skipped: (i) => data.notes[i] === "skipped", scored: (i) => !data.notes[i] };
  const bounded = () => {
    const c = columns[where.value], limit = bound.value === "" ? NaN : Number(bound.value) / (c && c.kind === "share" ? 100 : 1);
    if (!c || Number.isNaN(limit)) return null;
    // float32 figures: a bound of 0.7 takes what is shown as 0.7
    const v = values(c), slack = Math.abs(limit) * 1e-7;
    return side.value === "up" ? (i) => v[i] >= limit - slack : (i) => v[i] <= limit + slack;
  };
  function refresh() {
    const wanted = search.value.toLowerCase(), checks = [kinds[kind.value], bounded()].filter(Boolean);
    if (wanted !== "") lower ??= names.map((n) => n.toLowerCase());
    rows = [];
    for (let k = 0; k < names.length; k++) {
      const i = rowAt(k);
      if ((wanted === "" || lower[i].includes(wanted)) && checks.every((c) => c(i))) rows.push(i);
    }
    page = 0;
    draw();
  }

  const element = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });
  const heading = (c) => {
    const th = element("th", c === byName ? "" : "num", ""), b = element("button", "", c.kind === "share" ? `${c.name} %` : c.name);
    th.scope = "col";
    if (sorted === c) th.ariaSort = down ? "descending" : "ascending";
    b.type = "button";
    b.addEventListener("click", () => {
      down = sorted === c && !down;
      sorted = c;
      headings();
      refresh();
      [...table.tHead.rows[0].cells].find((h) => h.ariaSort).firstChild.focus();
    });
    th.append(b);
    if (c.tip) {
      const what = element("button", "what", "?");
      what.type = "button";
      what.setAttribute("popovertarget", c.tip);
      what.ariaLabel = `What is ${c.name}?`;
      th.append(" ", what);
    }
    return th;
  };
  function headings() {
    table.tHead.rows[0].replaceChildren(...[byName, ...columns.filter((c) => c.shown)].map(heading));
  }
  // line is a row: its name, what became of it, its picture, its figures.
  const line = (i, shown) => {
    const tr = document.createElement("tr"), th = element("th", "", names[i]), shot = pictures.get(i);
    th.scope = "row";
    const link = (text, href) => {
      const a = element("a", "tag", text);
      a.href = href;
      th.append(" ", a);
      return a;
    };
    if (data.notes[i]) link(data.notes[i], "#failures");
    if (shot) {
      const img = document.createElement("img"), a = link("", `#shot-${i}`);
      img.src = shot.querySelector("img").src;
      img.alt = `picture of ${names[i]}`;
      a.className = "peek";
      a.append(img);
    }
    tr.append(th, ...shown.map((c) => element("td", "num", write(c, i))));
    return tr;
  };
  function draw() {
    const size = Number(get("sample-size").value), from = page * size, to = Math.min(from + size, rows.length), shown = columns.filter((c) => c.shown);
    const body = document.createElement("tbody");
    body.append(...rows.slice(from, to).map((i) => line(i, shown)));
    table.tBodies[0].replaceWith(body);
    get("shown").textContent = rows.length ? `${grouped(from + 1)} to ${grouped(to)} of ${grouped(rows.length)}` : "No image is like that.";
    for (const id of ["first", "previous"]) get(id).disabled = page === 0;
    for (const id of ["next", "last"]) get(id).disabled = to >= rows.length;
  }

  const became = Object.values(data.notes), of = (note) => became.filter((n) => n === note).length, pictured = [...pictures.keys()].filter((i) => i < names.length).length;
  for (const [value, text, n] of [["pictured", "with a picture", pictured], ["scored", "scored", names.length - became.length], ["failed", "failed", of("failed")], ["skipped", "skipped", of("skipped")]]) {
    if (n > 0 && n < names.length) kind.append(new Option(`${text} (${n})`, value));
  }
  columns.forEach((c, i) => where.append(new Option(c.kind === "share" ? `${c.name} %` : c.name, i)));
  const tools = get("sample-tools");
  for (const control of [search, bound]) control.addEventListener("input", refresh);
  for (const control of [kind, where, side]) control.addEventListener("change", refresh);
  tools.addEventListener("submit", (e) => e.preventDefault());
  tools.addEventListener("reset", () => {
    sorted = null;
    setTimeout(() => { headings(); refresh(); });
  });
  const turn = { first: () => 0, previous: () => page - 1, next: () => page + 1, last: () => Math.ceil(rows.length / get("sample-size").value) - 1 };
  for (const id of Object.keys(turn)) get(id).addEventListener("click", () => { page = turn[id](); draw(); });
  get("sample-size").addEventListener("change", () => { page = 0; draw(); });
  for (const e of section.querySelectorAll("[data-js]")) e.hidden = false;
  chooser(get("sample-columns"), columns, () => { headings(); draw(); });
  headings();
  refresh();
  performance.mark("ready");
}));
