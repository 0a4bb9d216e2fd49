// Shows one card of a deck at a time, by buttons, keys, swiping or chance. All cards are on the page, and stay readable
// below each other without this. Nothing here asks the network for anything.
"use strict";
(() => {
  const deck = document.querySelector("[data-deck]");
  if (!deck) return;
  const bar = document.querySelector("[data-deck-bar]");
  const [position, title, note] = ["position", "title", "note"].map((part) => bar.querySelector(`[data-deck-${part}]`));
  const [previous, next] = bar.querySelectorAll("[data-deck-go]");
  const slides = [...deck.querySelectorAll(".deck-slide")];
  const listed = [...document.querySelectorAll(".deck-all li")];
  let known = "known" in deck.dataset;
  let current;
  let kept = null;
  let drawn = new Set();

  const passed = (part) => known && "ifNeeded" in part.dataset;
  const open = () => slides.filter((slide) => !passed(slide));
  const cards = () => open().filter((slide) => "card" in slide.dataset);

  function show(moved) {
    const row = open();
    current = row.find((slide) => `#${slide.id}` === location.hash) ?? (row.includes(current) ? current : row[0]);
    for (const slide of slides) slide.hidden = slide !== current;
    for (const line of listed) {
      const link = line.querySelector("a");
      line.hidden = passed(line);
      if (link.hash === `#${current.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    previous.setAttribute("aria-disabled", String(current === row[0]));
    next.setAttribute("aria-disabled", String(current === row.at(-1)));
    const heading = current.querySelector("h2");
    position.textContent = current.dataset.says;
    title.textContent = `: ${heading.textContent}`;
    // Buttons keep the focus, so that one can press on; from a link or a card that is gone it goes to the new card.
    const to = bar.contains(kept) ? kept : heading;
    if (moved && kept !== document.body) to.focus({ preventScroll: true });
    kept = null;
    if (moved) scrollTo({ top: 0, behavior: "instant" });
  }

  function go(slide) {
    if (!slide || slide === current) return;
    note.textContent = "";
    kept = document.activeElement; // going to another anchor takes it away
    if (location.hash === `#${slide.id}`) show(true);
    else location.hash = slide.id;
  }

  function step(by) {
    const row = open();
    go(row[row.indexOf(current) + by]);
  }

  function draw() {
    if ("card" in current.dataset) drawn.add(current); // what lies on the table was drawn
    let left = cards().filter((card) => !drawn.has(card));
    const again = !left.length;
    if (again) {
      drawn = new Set([current]);
      left = cards().filter((card) => card !== current);
    }
    const card = left[Math.floor(Math.random() * left.length)];
    if (!card) return;
    drawn.add(card);
    go(card);
    if (again) note.textContent = " Alle kaarten zijn geweest. Ze zijn opnieuw geschud.";
  }

  bar.addEventListener("click", ({ target }) => {
    if ("deckGo" in target.dataset) step(Number(target.dataset.deckGo));
    if ("deckDraw" in target.dataset) draw();
  });

  for (const choice of deck.querySelectorAll("[data-deck-known]")) {
    choice.addEventListener("click", (event) => {
      event.preventDefault();
      known = choice.dataset.deckKnown === "ja";
      go(document.getElementById(choice.hash.slice(1)));
    });
  }

  const keys = {
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    Home: () => go(cards()[0]),
    End: () => go(cards().at(-1)),
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    const to = keys[event.key];
    if (!to) return;
    event.preventDefault();
    to();
  });

  let start = null;
  const main = document.querySelector("main");
  main.addEventListener("touchstart", (event) => {
    const zoomed = (window.visualViewport?.scale ?? 1) > 1.05; // then a finger moves the page
    start = event.touches.length === 1 && !zoomed ? event.touches[0] : null;
  }, { passive: true });
  main.addEventListener("touchend", (event) => {
    if (!start) return;
    const across = event.changedTouches[0].clientX - start.clientX;
    const down = event.changedTouches[0].clientY - start.clientY;
    if (Math.abs(across) > 60 && Math.abs(across) > 2 * Math.abs(down)) step(across < 0 ? 1 : -1);
    start = null;
  }, { passive: true });

  const full = bar.querySelector("[data-deck-full]");
  if (document.fullscreenEnabled) {
    const [enter, leave] = [full.textContent, full.dataset.deckFull];
    full.hidden = false;
    full.addEventListener("click", () => {
      const change = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
      change.catch(() => {}); // refused: the page is as large as the window
    });
    document.addEventListener("fullscreenchange", () => {
      full.textContent = document.fullscreenElement ? leave : enter;
    });
  }

  if (deck.querySelector("em")) document.fonts.load("italic 1em Atkinson").catch(() => {}); // a card further on may need it
  window.addEventListener("hashchange", () => show(true));
  document.body.classList.add("deck-live");
  bar.hidden = false;
  show(false);
})();
