(() => {
  // A definition shows where the pointer rests on its button; a click, Enter or a tap keeps it, which needs no script.
  let timer = 0, hovered = null;
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (hovered && !hovered.matches(":hover")) { hovered.hidePopover(); hovered = null; } }, 250);
  };
  const buttonAt = (e) => (e.target.closest ? e.target.closest(".what") : null);
  document.addEventListener("pointerover", (e) => {
    const b = buttonAt(e), tip = b && document.getElementById(b.getAttribute("popovertarget"));
    if (!tip || !tip.showPopover || e.pointerType !== "mouse" || tip.matches(":popover-open")) return;
    clearTimeout(timer);
    timer = setTimeout(() => { tip.showPopover({ source: b }); hovered = tip; }, 200);
  });
  document.addEventListener("pointerout", (e) => { if (buttonAt(e)) leave(); });
  document.addEventListener("click", (e) => {
    const b = buttonAt(e);
    if (!b) return;
    clearTimeout(timer);
    if (!hovered || hovered.id !== b.getAttribute("popovertarget")) return;
    hovered = null;
    e.preventDefault(); // it is open already, and stays
  });
  for (const tip of document.querySelectorAll(".tip")) {
    tip.addEventListener("pointerleave", leave);
    tip.addEventListener("pointerdown", () => { if (hovered === tip) hovered = null; });
  }
})();
// The page itself names no address that a browser could fetch: links into the documentation are made here.
for (const a of document.querySelectorAll("a[data-docs]")) {
  a.href = a.dataset.docs;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
}
