// Puts rows in order by dragging and with buttons. Without it, the number field and the buttons of the list do the same.
(() => {
  const start = (event, handle) => event.dataTransfer.setData("text/plain", handle);

  function lists() {
    let dragged = null;
    const rows = [...document.querySelectorAll("#result_list .order")].map((order) => ({ order, row: order.closest("tr") }));
    for (const { order, row } of rows) {
      row.draggable = true;
      row.classList.add("draggable");
      row.addEventListener("dragstart", (event) => { dragged = order; start(event, order.dataset.id); });
      row.addEventListener("dragover", (event) => {
        if (dragged && dragged !== order && dragged.dataset.group === order.dataset.group) event.preventDefault();
      });
      row.addEventListener("drop", (event) => {
        event.preventDefault();
        const button = dragged.querySelector("button");
        button.value = order.dataset.id;
        button.click();
      });
    }
  }

  function parts(group) {
    const rows = () => [...group.querySelectorAll(".inline-related:not(.empty-form)")];
    const number = () => rows().forEach((row, place) => {
      const field = row.querySelector("input[name$='-number']");
      if (field) field.value = place + 1;
    });
    function swap(row, other, after) {
      if (!other) return;
      other[after ? "after" : "before"](row);
      number();
    }
    function equip(row) {
      const head = row.querySelector("h3");
      if (!head || row.querySelector(".order")) return;
      const order = document.createElement("span");
      order.className = "order";
      for (const [sign, label, after] of [["↑", "omhoog", false], ["↓", "omlaag", true]]) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = sign;
        button.setAttribute("aria-label", `${row.querySelector(".inline_label")?.textContent || "Dit onderdeel"} ${label}`);
        button.addEventListener("click", () => {
          const all = rows();
          swap(row, all[all.indexOf(row) + (after ? 1 : -1)], after);
          button.focus();
        });
        order.append(button);
      }
      head.append(order);
      head.draggable = true;
      head.addEventListener("dragstart", (event) => { group.dragged = row; start(event, row.id); });
      row.addEventListener("dragover", (event) => { if (group.dragged && group.dragged !== row) event.preventDefault(); });
      row.addEventListener("drop", (event) => {
        event.preventDefault();
        const all = rows();
        swap(group.dragged, row, all.indexOf(group.dragged) < all.indexOf(row));
        group.dragged = null;
      });
    }
    rows().forEach(equip);
    document.addEventListener("formset:added", (event) => {
      if (group.contains(event.target)) { equip(event.target); number(); }
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    lists();
    for (const group of document.querySelectorAll(".inline-group")) {
      if (group.querySelector("input[name$='-number']")) parts(group);
    }
  });
})();
