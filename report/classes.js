(() => {
  const table = document.getElementById("classes"), search = document.getElementById("class-search"), shown = document.getElementById("class-shown");
  if (!table) return;
  const body = table.tBodies[0], all = body.rows.length;
  search.closest("[data-js]").hidden = false;
  const names = new Map([...body.rows].map((r) => [r, r.cells[0].dataset.sort.toLowerCase()]));
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase();
    let n = 0;
    for (const [row, name] of names) {
      row.hidden = !name.includes(wanted);
      if (!row.hidden) n++;
    }
    shown.textContent = n === all ? "" : `${n} of ${all}`;
  });

  const first = 6; // columns that are shown until the reader chooses
  const columns = [...table.tHead.rows[0].cells].slice(1).map((th, i) => ({ name: th.querySelector("button").textContent, shown: i < first }));
  const now = columns.map(() => true);
  const draw = () => columns.forEach((c, i) => {
    if (c.shown === now[i]) return;
    now[i] = c.shown;
    for (const row of table.rows) row.cells[i + 1].hidden = !c.shown;
  });
  chooser(document.getElementById("class-columns"), columns, draw);
  draw();
})();
