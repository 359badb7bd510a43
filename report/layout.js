// Sections out of sight are not laid out while the page opens. Then they are, one after another when the browser has time,
// and all of them before a link within the page is followed: where it leads depends on how long they are.
window.addEventListener("load", () => {
  const left = [...document.querySelectorAll("main > section")], later = window.requestIdleCallback || setTimeout;
  const one = () => { left.shift().style.contentVisibility = "visible"; };
  const some = () => {
    if (left.length === 0) return;
    one();
    later(some);
  };
  later(some);
  document.addEventListener("click", (e) => {
    if (e.target.closest && e.target.closest("a[href^='#']")) while (left.length > 0) one();
  });
});
