// Lets two people in a plan trade moments, by dragging or with buttons. Without it, one types the other day and time.
(() => {
  const form = document.querySelector("[data-season]");
  if (!form) return;
  const said = form.querySelector("[data-said]");
  const rows = () => [...form.querySelectorAll(".season-row")];
  const fields = (row) => row.querySelectorAll("input");
  let dragged = null;

  // The two rows trade their places on the page too, so that the list stays in the order of time.
  function trade(one, other) {
    if (!other || one === other) return;
    fields(one).forEach((field, number) => {
      const twin = fields(other)[number];
      [field.value, twin.value] = [twin.value, field.value];
    });
    const mark = document.createElement("li");
    one.replaceWith(mark);
    other.replaceWith(one);
    mark.replaceWith(other);
    const time = (row) => {
      const [day, hour] = [...fields(row)].map((field) => field.value);
      const said = [day.split("-").map(Number).reverse().join("-"), hour && `${hour.replace(":", ".")} uur`];
      return day || hour ? said.filter((part) => part && part !== "0").join(", ") : "geen moment";
    };
    said.textContent = `Gewisseld: ${one.dataset.name} (${time(one)}) en ${other.dataset.name} (${time(other)}). Nog niet bewaard.`;
  }

  function button(row, sign, label, step) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button quiet";
    made.textContent = sign;
    made.setAttribute("aria-label", `${row.dataset.name}: wissel met ${label}`);
    made.addEventListener("click", () => {
      const all = rows();
      trade(row, all[all.indexOf(row) + step]);
      made.focus();
    });
    return made;
  }

  form.querySelector("[data-trading]").hidden = rows().length < 2;
  for (const row of rows()) {
    const trading = document.createElement("div");
    trading.className = "season-trade";
    trading.append(button(row, "↑", "wie ervoor komt", -1), button(row, "↓", "wie erna komt", 1));
    // Only the name is a handle: text in the fields can still be selected.
    const handle = row.querySelector(".season-who");
    handle.after(trading);
    handle.draggable = true;
    handle.addEventListener("dragstart", (event) => { dragged = row; event.dataTransfer.setData("text/plain", row.dataset.name); });
    handle.addEventListener("dragend", () => { dragged = null; });
    row.addEventListener("dragover", (event) => { if (dragged && dragged !== row) event.preventDefault(); });
    row.addEventListener("drop", (event) => { event.preventDefault(); if (dragged) trade(dragged, row); });
  }
})();
