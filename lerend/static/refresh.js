// Replaces a part with data-refresh="seconds" by its newest version, until it comes without. The page works without this.
(function refresh() {
  const part = document.querySelector("[data-refresh]");
  if (!part) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const newer = answer.ok && page.getElementById(part.id);
      if (newer) part.replaceWith(newer);
    } catch {
      // The network is gone for a while: try again.
    }
    refresh();
  }, part.dataset.refresh * 1000);
})();
