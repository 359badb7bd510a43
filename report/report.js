(() => {
  const toggle = document.getElementById("toggle");
  toggle.addEventListener("click", () => {
    const on = toggle.getAttribute("aria-pressed") !== "true";
    for (const m of document.querySelectorAll(".matrix")) m.classList.toggle("counts", on);
    toggle.setAttribute("aria-pressed", on);
    toggle.textContent = on ? "Show shares" : "Show counts";
  });
})();
