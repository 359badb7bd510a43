(() => {
  const larger = document.getElementById("larger");
  if (!larger) return;
  const get = (id) => document.getElementById(id), all = [...document.querySelectorAll(".changes figure")];
  let at = 0;
  function draw() {
    get("larger-name").textContent = `${all[at].querySelector("b").textContent} (${at + 1} of ${all.length})`;
    const side = document.createElement("div");
    side.className = "side";
    side.style.setProperty("--picture", all[at].style.getPropertyValue("--picture"));
    for (const cell of all[at].querySelector(".side").children) side.append(cell.cloneNode(true));
    get("larger-view").replaceChildren(side);
  }
  const move = (by) => { at = (at + by + all.length) % all.length; draw(); };
  all.forEach((figure, i) => {
    for (const part of figure.querySelectorAll("button, .side")) part.addEventListener("click", () => { at = i; draw(); larger.showModal(); });
  });
  get("larger-previous").addEventListener("click", () => move(-1));
  get("larger-next").addEventListener("click", () => move(1));
  larger.addEventListener("keydown", (e) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (by) { e.preventDefault(); move(by); }
  });
  larger.addEventListener("click", (e) => { if (e.target === larger) larger.close(); });
  larger.addEventListener("close", () => all[at].querySelector("button").focus());
})();
