"use strict";
// Everything is readable without this. It filters, sorts, and opens what a link points to.
(() => {
  const open = () => {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
    const summary = target.querySelector("summary");
    if (summary) summary.focus({ preventScroll: true });
  };
  addEventListener("hashchange", open);
  addEventListener("click", event => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) setTimeout(open);
  });
  open();

  const table = document.getElementById("matrix-table");
  if (!table) return;
  const form = document.getElementById("controls");
  const [find, verdict, dtype, shown] = ["find", "verdict", "dtype", "shown"].map(id => document.getElementById(id));
  const rows = [...table.tBodies[0].rows];
  const equations = rows.filter(row => row.dataset.id);
  const sections = new Map([...document.querySelectorAll("details.equation")].map(section => [section.dataset.id, section]));
  // An equation's and its gradient's.
  const both = row => [row.dataset.id, row.dataset.id + ".vjp"].map(id => sections.get(id)).filter(section => section);
  const words = new Map(equations.map(row => {
    const cases = both(row).flatMap(section => [section.dataset.id, ...[...section.querySelectorAll("details.case")].map(each => each.id)]);
    return [row, [row.dataset.id, ...cases].join("\n").toLowerCase()];
  }));
  const wanted = { "bad": ["f", "e"], "failed": ["f"], "errored": ["e"], "timed out": ["e"], "passed": ["p"], "partly checked": ["h"], "unsupported": ["u"], "out of scope": ["o"], "not judged": ["n"] };

  const filter = () => {
    const text = find.value.trim().toLowerCase();
    const classes = wanted[verdict.value];
    for (const cell of table.querySelectorAll("[data-d]")) cell.hidden = dtype.value !== "" && cell.dataset.d !== dtype.value;
    for (const group of table.tHead.querySelectorAll(".group")) {
      group.dataset.width ??= group.colSpan;
      if (dtype.value !== "") group.colSpan = group.dataset.each; else group.colSpan = group.dataset.width;
    }
    let count = 0;
    for (const row of equations) {
      const cells = [...row.cells].filter(cell => cell.dataset.d && !cell.hidden && cell.firstChild);
      const fits = cell => !classes || classes.some(name => cell.classList.contains(name)) &&
        (verdict.value !== "timed out" && verdict.value !== "errored" || cell.textContent.includes(verdict.value));
      row.hidden = !words.get(row).includes(text) || !cells.some(fits);
      for (const section of both(row)) section.hidden = row.hidden;
      if (!row.hidden) count++;
    }
    let family = null, any = false;
    for (const row of [...rows, null]) {
      if (!row || row.classList.contains("family")) {
        if (family) family.hidden = !any || sorted !== 0;
        [family, any] = [row, false];
      } else if (!row.hidden) any = true;
    }
    shown.textContent = `${count} of ${equations.length} equations`;
  };

  let sorted = 0;
  const sort = (heading, column) => {
    const isDown = heading.getAttribute("aria-sort") !== "descending" && column > 0;
    for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    sorted = column;
    const key = row => Number(row.cells[column].dataset.s);
    // Families, which have no key, stay in front and are hidden.
    table.tBodies[0].append(...(column === 0 ? rows : [...equations].sort((a, b) => isDown ? key(b) - key(a) : key(a) - key(b))));
    filter();
  };

  for (const label of table.querySelectorAll(".sortable")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...label.childNodes);
    label.append(button);
    button.addEventListener("click", () => sort(label.parentElement, Number(label.dataset.column)));
  }
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;
  filter();
})();
