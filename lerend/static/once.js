// A second press on the same button, as in a double click, sends nothing more. Without this a form is still done once,
// but the answer to the second sending may say that things changed meanwhile.
(() => {
  const sent = new WeakMap();
  document.addEventListener("submit", (event) => {
    const by = event.submitter || event.target;
    if (event.defaultPrevented || event.target.method !== "post") return;
    if (event.timeStamp - sent.get(by) < 3000) event.preventDefault();
    else sent.set(by, event.timeStamp);
  });
})();
