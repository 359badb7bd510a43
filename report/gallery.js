(() => {
  const shots = document.getElementById("shots");
  if (!shots) return;
  const all = [...shots.children], get = (id) => document.getElementById(id);
  const list = get("gallery-list"), order = get("gallery-order"), only = get("gallery-class"), note = get("gallery-shown");
  for (const e of document.querySelectorAll("#gallery [data-js]")) e.hidden = false;
  for (const f of all) f.iou = f.dataset.classes.split(" ").map((x) => (x === "" ? NaN : Number(x)));
  let shown = all;
  const keys = {
    up: (f) => Number(f.dataset.score), down: (f) => -Number(f.dataset.score), "": (f) => Number(f.dataset[list.value]),
  };
  function refresh() {
    shown = all.filter((f) => f.dataset[list.value] && (only.value === "" || !Number.isNaN(f.iou[only.value])));
    const key = keys[order.value] || ((f) => (Number.isNaN(f.iou[order.value]) ? 2 : f.iou[order.value]));
    shown.sort((a, b) => key(a) - key(b));
    for (const f of all) f.hidden = true;
    for (const f of shown) f.hidden = false;
    shots.append(...shown);
    loadShown();
    note.textContent = `${shown.length} shown`;
  }
  // A layer is decoded when it is first looked at.
  const load = (img) => {
    if (img.dataset.src) img.src = img.dataset.src;
    delete img.dataset.src;
  };
  function loadShown() {
    for (const f of shown) for (const img of f.querySelectorAll(`.layer.${shots.dataset.layer}`)) load(img);
  }
  for (const control of [list, order, only]) control.addEventListener("change", refresh);
  refresh();

  const legends = [...document.querySelectorAll("#gallery .legend")];
  const pick = (value) => {
    shots.dataset.layer = value;
    loadShown();
    for (const l of legends) l.hidden = !l.dataset.of.includes(value);
    for (const input of document.querySelectorAll("input[name=layer]")) input.checked = input.value === value;
  };
  for (const input of document.querySelectorAll("input[name=layer]")) input.addEventListener("change", () => pick(input.value));
  const opacity = get("opacity"), fade = () => document.documentElement.style.setProperty("--layer", opacity.value / 100);
  opacity.addEventListener("input", fade);
  fade();

  const zoom = get("zoom"), view = get("zoom-view"), layer = get("zoom-layer");
  let at = 0;
  const copy = (figure, key) => {
    const stack = document.createElement("div"), caption = document.createElement("figcaption"), cell = document.createElement("figure");
    stack.className = "stack";
    stack.append(figure.querySelector(".picture").cloneNode());
    const over = figure.querySelector(".layer." + key);
    if (over) {
      load(over);
      stack.append(over.cloneNode());
    }
    caption.textContent = [...layer.options].find((o) => o.value === key).textContent + (over || key === "picture" ? "" : ": not there");
    cell.append(stack, caption);
    return cell;
  };
  function draw() {
    const figure = shown[at], keys = [...layer.options].map((o) => o.value).filter((v) => v !== "all");
    get("zoom-name").textContent = figure.querySelector("b").textContent;
    get("zoom-note").textContent = `mIoU ${(100 * figure.dataset.score).toFixed(2)}, ${at + 1} of ${shown.length}`;
    view.className = layer.value === "all" ? "grid" : "one";
    const first = figure.querySelector(".picture");
    view.style.setProperty("--shape", first.getAttribute("width") / first.getAttribute("height"));
    view.replaceChildren(...(layer.value === "all" ? keys : [layer.value]).map((key) => copy(figure, key)));
  }
  const move = (by) => { at = (at + by + shown.length) % shown.length; draw(); };
  let back = null; // what a link that opened the dialog was; the gallery itself gets the focus otherwise
  function open(figure, link) {
    if (!shown.includes(figure)) {
      [list.value, order.value, only.value] = [[...list.options].find((o) => figure.dataset[o.value]).value, "", ""];
      refresh();
    }
    [at, back, layer.value] = [shown.indexOf(figure), link, shots.dataset.layer];
    draw();
    zoom.showModal();
  }
  for (const f of all) f.querySelector("button").addEventListener("click", () => open(f, null));
  document.addEventListener("click", (e) => {
    const link = e.target.closest && e.target.closest("a[href^='#shot-']"), figure = link && get(link.hash.slice(1));
    if (!figure) return;
    e.preventDefault();
    open(figure, link);
  });
  zoom.addEventListener("close", () => (back || shown[at].querySelector("button")).focus());
  zoom.addEventListener("click", (e) => { if (e.target === zoom) zoom.close(); });
  layer.addEventListener("change", draw);
  get("zoom-previous").addEventListener("click", () => move(-1));
  get("zoom-next").addEventListener("click", () => move(1));
  zoom.addEventListener("keydown", (e) => {
    const turn = (by) => { layer.selectedIndex = (layer.selectedIndex + by + layer.options.length) % layer.options.length; draw(); };
    const keys = { ArrowLeft: () => move(-1), ArrowRight: () => move(1), ArrowUp: () => turn(-1), ArrowDown: () => turn(1) };
    if (!keys[e.key] || e.target === layer) return;
    e.preventDefault();
    keys[e.key]();
  });
})();
