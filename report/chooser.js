// chooser fills a <details> with a checkbox for each column, when it is first opened. columns have a name and whether they
// are shown; changed is called when that changes.
const chooser = (details, columns, changed) => {
  const summary = details.querySelector("summary"), boxes = [];
  const count = () => { summary.textContent = `Columns: ${columns.filter((c) => c.shown).length} of ${columns.length}`; };
  const apply = () => {
    boxes.forEach((b, i) => { b.checked = columns[i].shown; });
    count();
    changed();
  };
  const element = (tag, text, more) => Object.assign(document.createElement(tag), { textContent: text }, more);
  function fill() {
    const choices = element("div", "", { className: "choices" }), tools = element("p", "", { className: "tools" });
    const within = element("input", "", { type: "search", autocomplete: "off" }), label = element("label", "Find ");
    label.append(within);
    columns.forEach((c) => {
      const box = element("input", "", { type: "checkbox", checked: c.shown }), choice = element("label", "");
      box.addEventListener("change", () => { c.shown = box.checked; count(); changed(); });
      choice.append(box, ` ${c.name}`);
      choices.append(choice);
      boxes.push(box);
    });
    within.addEventListener("input", () => {
      const wanted = within.value.toLowerCase();
      columns.forEach((c, i) => { choices.children[i].hidden = !c.name.toLowerCase().includes(wanted); });
    });
    const all = (shown) => () => {
      columns.forEach((c, i) => { if (!choices.children[i].hidden) c.shown = shown; });
      apply();
    };
    tools.append(label, " ");
    for (const [name, shown] of [["Check all", true], ["Check none", false]]) {
      const b = element("button", name, { type: "button" });
      b.addEventListener("click", all(shown));
      tools.append(b, " ");
    }
    details.append(tools, choices);
  }
  details.addEventListener("toggle", () => { if (details.open && boxes.length === 0) fill(); });
  details.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || !details.open) return;
    details.open = false;
    summary.focus();
  });
  details.hidden = columns.length < 2;
  count();
  return apply;
};
