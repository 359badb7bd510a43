(() => {
  const faults = [], root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth} wide in ${root.clientWidth}`);
  const say = (e) => `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ""} “${e.textContent.trim().slice(0, 30)}”`;

  // Relative luminance and contrast of WCAG 2; 4.5 is its AA for text.
  const channels = (color) => {
    const c = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    c.fillStyle = color;
    c.fillRect(0, 0, 1, 1);
    return [...c.getImageData(0, 0, 1, 1).data];
  };
  const known = new Map();
  const parse = (color) => { if (!known.has(color)) known.set(color, channels(color)); return known.get(color); };
  const luminance = ([r, g, b]) => [r, g, b].map((x) => x / 255).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const c = getComputedStyle(at).backgroundColor;
      if (parse(c)[3] === 255) return c;
    }
    return "white";
  };
  const visible = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && e.getClientRects().length > 0;
  const weak = new Map();
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest("svg, script, style, noscript, option") || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    if (!visible(e) || e.disabled) continue;
    const ink = getComputedStyle(e).color, paper = behind(e), [a, b] = [luminance(parse(ink)), luminance(parse(paper))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) weak.set(`${ink} on ${paper}: ${contrast.toFixed(2)}`, say(e));
  }
  for (const [what, where] of weak) faults.push(`contrast ${what} of ${where}`);

  // What is wider than its box must be in one that scrolls.
  for (const e of document.querySelectorAll("main *, footer *, header *")) {
    if (e.closest("svg") && e.tagName !== "svg" || e.closest(".scroll, pre, .stack, dialog, .bar, .choices") && !e.matches(".scroll") || !visible(e)) continue;
    const box = e.getBoundingClientRect();
    if (box.right > root.clientWidth + 1 || box.left < -1) faults.push(`${say(e)} stands from ${box.left.toFixed()} to ${box.right.toFixed()} in ${root.clientWidth}`);
  }

  const ids = new Map();
  for (const e of document.querySelectorAll("[id]")) ids.set(e.id, (ids.get(e.id) || 0) + 1);
  for (const [id, n] of ids) if (n > 1) faults.push(`the id ${id} stands ${n} times`);
  for (const e of document.querySelectorAll("input, select, button, summary, a[href]")) {
    const named = e.getAttribute("aria-label") || e.textContent.trim() && !e.matches("select") || e.labels && [...e.labels].some((l) => l.textContent.trim()) || e.querySelector("img[alt]:not([alt=''])");
    if (visible(e) && !named) faults.push(`${say(e)} has no name`);
  }
  for (const e of document.querySelectorAll("img:not([alt]), svg[role=img]:not([aria-label]):not([aria-labelledby])")) faults.push(`${say(e)} has no text instead`);
  for (const a of document.querySelectorAll("a[href^='#']")) if (!document.getElementById(decodeURIComponent(a.hash.slice(1)))) faults.push(`${a.hash} leads nowhere`);
  if (window.hacked) faults.push("a name ran as a script");
  return faults;
})()
