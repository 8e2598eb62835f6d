"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const groupings = all(".grouping");
  const dialog = $("details");

  /** An element with text and children; texts never become markup. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }
  const count = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;
  const bdi = (text) => make("bdi", {}, text);

  function cellOf(line, group) {
    const values = data.cells[`${line}-${group}`];
    return values && Object.fromEntries(data.fields.map((name, i) => [name, values[i]]));
  }

  // ---- Which table is shown, and which of its lines

  const shown = () => groupings.find((g) => g.classList.contains("shown"));

  function show(key) {
    const chosen = groupings.find((g) => g.dataset.grouping === key) || groupings[0];
    if (!chosen || chosen === shown()) return;
    groupings.forEach((g) => g.classList.toggle("shown", g === chosen));
    all("input[name=grouping]").forEach((input) => (input.checked = input.value === key));
    filter();
  }

  function filter() {
    const table = shown() && shown().querySelector("table");
    if (!table) return;
    const text = $("filter").value.trim().toLocaleLowerCase();
    const word = $("word") ? $("word").value : "";
    const children = !$("children") || $("children").checked;
    let there = 0;
    const rows = all("tbody tr", table);
    for (const row of rows) {
      const line = data.lines[row.dataset.line];
      const named = [line.title, ...line.path].join(" ").toLocaleLowerCase().includes(text);
      let worded = !word;
      for (const cell of all(".cell", row)) {
        const hit = Boolean(word) && (cell.dataset.words || "").split("\n").includes(word);
        cell.classList.toggle("hit", hit);
        worded ||= hit;
      }
      row.hidden = !(named && worded && (children || line.scope !== "with_children"));
      there += !row.hidden;
    }
    table.classList.toggle("filtered", Boolean(word));
    flatten(table);
    rove(table);
    $("status").textContent = there < rows.length ? `${there} of ${rows.length} rows shown` : `${there} rows`;
  }

  /** Lines that do not stand below their parents name them instead. */
  function flatten(table) {
    const sorted = table.querySelector("[aria-sort=ascending], [aria-sort=descending]");
    const gaps = all("tbody tr", table).some((row) => row.hidden);
    table.classList.toggle("flat", Boolean(sorted || gaps));
  }

  // ---- Sorting: highest first, lowest first, then the order of the codebook

  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  function orderOf(row, column) {
    if (row.dataset.line !== undefined && column > 0) {
      const button = row.cells[column].querySelector(".cell");
      const cell = button && cellOf(...placeOf(button));
      return cell && cell.point !== null ? cell.point : null;
    }
    const text = row.cells[column] ? row.cells[column].dataset.order : "";
    if (text === undefined || text === "" || text === "–") return null;
    return Number.isNaN(Number(text)) ? text : Number(text);
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return collator.compare(String(a), String(b));
  }

  function sort(header) {
    const table = header.closest("table");
    const column = header.cellIndex;
    const body = table.tBodies[0];
    const rows = [...body.rows];
    rows.forEach((row, i) => (row.dataset.place ??= i));
    const numeric = rows.some((row) => typeof orderOf(row, column) === "number");
    const turn = numeric ? ["none", "descending", "ascending"] : ["none", "ascending", "descending"];
    const way = turn[(turn.indexOf(header.getAttribute("aria-sort") || "none") + 1) % 3];
    all("thead th", table).forEach((th) => th.removeAttribute("aria-sort"));
    if (way !== "none") header.setAttribute("aria-sort", way);
    const keyed = rows.map((row) => [orderOf(row, column), Number(row.dataset.place), row]);
    keyed.sort(([a, i], [b, j]) => {
      if (way === "none" || (a === null && b === null)) return i - j;
      if (a === null || b === null) return a === null ? 1 : -1; // what has no figure is last
      return (way === "ascending" ? compare(a, b) : compare(b, a)) || i - j;
    });
    body.append(...keyed.map(([, , row]) => row));
    flatten(table);
    rove(table);
    const name = header.textContent.trim().replace(/\s+/g, " ");
    const said = way === "none" ? "In the order of the codebook" : `Sorted by ${name}, ${way}`;
    (table.id === "differences-table" ? $("differences-status") : $("status")).textContent = said;
  }

  // ---- The keyboard in the table: one stop for Tab, arrows from cell to cell

  function rove(table, wanted) {
    const cells = all("tbody tr:not([hidden]) .cell", table);
    const before = wanted || cells.find((cell) => cell.tabIndex === 0) || cells[0];
    all(".cell", table).forEach((cell) => (cell.tabIndex = cell === before ? 0 : -1));
  }

  const lastOf = (list) => list[list.length - 1];

  function move(event) {
    const cell = event.target.closest(".cell");
    if (!cell || event.altKey || event.metaKey) return;
    const rows = all("tbody tr:not([hidden])", cell.closest("table")).map((row) => all(".cell", row));
    const y = rows.findIndex((row) => row.includes(cell));
    const x = rows[y].indexOf(cell);
    const to = {
      ArrowRight: () => rows[y][x + 1],
      ArrowLeft: () => rows[y][x - 1],
      ArrowDown: () => rows[y + 1] && rows[y + 1][x],
      ArrowUp: () => rows[y - 1] && rows[y - 1][x],
      PageDown: () => rows[Math.min(y + 8, rows.length - 1)][x],
      PageUp: () => rows[Math.max(y - 8, 0)][x],
      Home: () => (event.ctrlKey ? rows[0][0] : rows[y][0]),
      End: () => (event.ctrlKey ? lastOf(lastOf(rows)) : lastOf(rows[y])),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    const next = to();
    if (next) focusCell(next);
  }

  function focusCell(cell) {
    rove(cell.closest("table"), cell);
    cell.focus();
  }

  // ---- Details of a cell

  /** Line and group of a cell, from its id: c, then table, line and group. */
  const placeOf = (button) => button.id.split("-").slice(1).map(Number);

  /** A line drawing 100 wide and 8 high; everything in it is said in words beside it. */
  function drawing(paths) {
    const svg = document.createElementNS(document.querySelector("svg").namespaceURI, "svg");
    for (const [name, d] of paths) {
      const path = svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
      path.setAttribute("class", name);
      path.setAttribute("d", d);
    }
    svg.setAttribute("viewBox", "0 0 100 8");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    return svg;
  }

  /** The mark of a cell, large and with a scale. */
  function ruler(button) {
    const mark = button.querySelector("svg").cloneNode(true);
    const scale = ["0 %", "50 %", "100 %"].map((text) => make("span", {}, text));
    return make("div", { class: "ruler" }, mark, make("div", { "aria-hidden": "true" }, ...scale));
  }

  function rows(caption, pairs, className = "") {
    const body = make("tbody");
    for (const [name, value] of pairs) {
      body.append(make("tr", {}, make("th", { scope: "row" }, bdi(name)), make("td", {}, value)));
    }
    return make("table", { class: className }, make("caption", {}, caption), body);
  }

  function estimatePart(cell, button) {
    if (cell.reason) {
      const why = cell.hidden ? "Hidden [c], so that nobody can be recognised or worked out from other figures." : "No estimate.";
      return [make("p", { class: "notice" }, `${why} Reason: ${cell.reason}.`)];
    }
    const parts = [
      make("p", { class: "big" }, make("b", {}, cell.share), cell.interval ? `${cell.level} interval ${cell.interval}` : "no interval"),
      ruler(button),
    ];
    if (cell.commonest) parts.push(make("p", {}, "★ The commonest theme of this group."));
    if (cell.hidden) parts.push(make("p", { class: "notice" }, "Some counts are hidden [c], so that nobody can be recognised."));
    if (cell.words.length) {
      const table = rows("Probability of each word", [], "words");
      for (const [name, text, value] of cell.words) {
        const bar = drawing([["track", "M0 4H100"], ["range", `M0 4H${100 * value}`]]);
        table.tBodies[0].append(make("tr", {}, make("th", { scope: "row" }, bdi(name)), make("td", {}, text, " ", bar)));
      }
      parts.push(make("p", {}, "Word: ", make("b", {}, cell.word), cell.word.includes(" to ") ? ", as the interval spans them." : "."), table);
    } else if (cell.word) {
      parts.push(make("p", {}, "Word: ", make("b", {}, cell.word)));
    }
    return parts;
  }

  function countsPart(cell) {
    const pairs = [
      ["Participants of the group with text", cell.participants],
      ["Of them hand coded in full", cell.hand_coded],
      ["Of those hand coded, raised the theme", cell.hand_with_theme],
    ];
    if (cell.others !== "0") pairs.push([`Of the other ${cell.others}, the model found it in (a machine count, not an estimate)`, cell.machine_with_theme]);
    if (cell.no_text !== "0") pairs.push(["Participants without text, not counted", cell.no_text]);
    if (cell.not_asked !== "0") pairs.push(["Participants not asked about it, not counted", cell.not_asked]);
    if (cell.units) {
      ["in the group", "of the hand coded", "of these, with the theme"].forEach((name, i) =>
        pairs.push([`${data.unit} ${name}`, cell.units[i]]));
    }
    const table = rows("Counts", pairs);
    const parts = [table];
    if (cell.method) parts.push(make("p", { class: "source" }, `Method: ${cell.method}.`));
    if (cell.verdict) parts.push(make("p", { class: "source" }, `Training’s verdict on the model’s codings of this theme: ${cell.verdict}.`));
    return parts;
  }

  function quoteItem(quote, withTheme) {
    const about = [quote.how, quote.where].filter(Boolean).join(" · ");
    return make("li", { class: quote.hand ? "hand" : "machine" },
      make("blockquote", { dir: "auto" }, quote.text),
      make("p", { class: "source" }, make("b", {}, bdi(quote.who)), " ", about, withTheme ? make("span", {}, " · theme: ", bdi(quote.theme)) : null));
  }

  function quotesPart(cell, line, group) {
    const parts = [make("h3", {}, "Quotes")];
    const list = cell.quotes.map((i) => data.quotes[i]);
    const say = (text) => parts.push(make("p", {}, text));
    if (cell.hidden && !list.length) say("None are shown where a figure is hidden.");
    else if (group.unknown) say("Passages cannot be told apart by this grouping here; those of the theme stand under “Overall”.");
    else if (data.overallOnly && group.key !== "overall") say("There are too many passages for this page; some stand under “Overall”.");
    else if (!list.length) say(data.withheld ? "No passage on this page; some are left out, as they would tell a hidden figure." : "No passage on this page.");
    else if (list.length < cell.quotes_total)
      parts.push(make("p", { class: "notice" }, `The first ${list.length} of at least ${cell.quotes_total} passages of ${cell.quotes_people} participants; ccgmine report quotes gives them all.`));
    else say(`On this page: ${count(list.length, "passage")} of ${count(cell.quotes_people, "participant")}.`);
    if (list.length) parts.push(make("ol", { class: "quotes" }, ...list.map((quote) => quoteItem(quote, line.scope === "with_children"))));
    return parts;
  }

  function fill(lineNumber, groupNumber, button) {
    const line = data.lines[lineNumber];
    const group = data.groups[groupNumber];
    const cell = cellOf(lineNumber, groupNumber);
    $("details-title").replaceChildren(bdi(line.title));
    $("details-group").replaceChildren(group.key === "overall" ? "Overall" : bdi(group.title));
    $("details-body").replaceChildren(
      ...(line.definition ? [make("p", { class: "definition", dir: "auto" }, line.definition)] : []),
      ...estimatePart(cell, button), ...countsPart(cell), ...quotesPart(cell, line, group));
  }

  // ---- Links: #theme/group, with /with_children for a theme and those below it; #by/grouping

  const encode = (text) => encodeURIComponent(text).replace(/%3D/g, "=").replace(/%26/g, "&");
  let opener = null;
  let pushed = false;

  function linkTo(lineNumber, groupNumber) {
    const line = data.lines[lineNumber];
    const parts = [encode(line.theme), encode(data.groups[groupNumber].key)];
    if (line.scope === "with_children") parts.push(line.scope);
    return "#" + parts.join("/");
  }

  function placeInLink() {
    let parts;
    try {
      parts = location.hash.slice(1).split("/").map(decodeURIComponent);
    } catch {
      return null;
    }
    if (parts[0] === "by" && parts.length === 2) return { grouping: parts[1] };
    if (parts.length < 2) return null;
    const [theme, key, scope = "direct"] = parts;
    let line = data.lines.findIndex((l) => l.theme === theme && l.scope === scope);
    if (line < 0 && parts.length === 2) line = data.lines.findIndex((l) => l.theme === theme);
    const group = data.groups.findIndex((g) => g.key === key);
    return cellOf(line, group) ? { line, group } : { missing: true };
  }

  /** The button of a cell: in the table that is shown if it is there, else in the group's own. */
  function buttonOf(line, group) {
    const there = (grouping) => grouping && all(`[id$="-${line}-${group}"].cell`, grouping)[0];
    const own = groupings.find((g) => g.dataset.grouping === data.groups[group].grouping);
    return there(shown()) || there(own);
  }

  function follow() {
    const place = placeInLink();
    if (place && place.line !== undefined) {
      const button = buttonOf(place.line, place.group);
      show(button.closest(".grouping").dataset.grouping);
      if (button.closest("tr").hidden) reset();
      fill(place.line, place.group, button);
      rove(button.closest("table"), button);
      opener = button;
      if (!dialog.open) dialog.showModal();
      dialog.scrollTop = 0;
      $("details-title").focus();
      return;
    }
    if (opener) {
      dialog.close();
      opener.focus();
      opener = null;
    }
    if (place && place.grouping) show(place.grouping);
    if (place && place.missing) $("status").textContent = "The link points to a cell that is not on this page.";
  }

  /** Closing goes back in the history if opening went forward in it. */
  function leave() {
    if (pushed) history.back();
    else location.replace(`#by/${encode(shown().dataset.grouping)}`);
    pushed = false;
  }

  function reset() {
    $("filter").value = "";
    if ($("word")) $("word").value = "";
    if ($("children")) $("children").checked = true;
    filter();
  }

  // ---- Differences

  function compareGroups() {
    const table = $("differences-table");
    if (!table) return;
    const wanted = $("comparison").value;
    const clear = $("clear").checked;
    const lines = all("tbody tr", table);
    let there = 0;
    for (const row of lines) {
      row.classList.remove("later");
      row.hidden = (wanted !== "" && row.dataset.comparison !== wanted) || (clear && row.dataset.clear === undefined);
      there += !row.hidden;
    }
    flattenDifferences(table, wanted === "" || clear);
    $("differences-status").textContent = `${there} of ${lines.length} differences shown`;
  }

  function flattenDifferences(table, gaps) {
    const sorted = table.querySelector("[aria-sort=ascending], [aria-sort=descending]");
    table.classList.toggle("flat", Boolean(sorted || gaps));
  }

  // ---- The quotes as an appendix on paper, those of every theme overall

  function appendix() {
    const part = $("appendix");
    const wanted = $("appendix-wanted") && $("appendix-wanted").checked;
    part.hidden = !wanted;
    if (!wanted || part.querySelector("ol")) return;
    const overall = data.groups.findIndex((g) => g.key === "overall");
    data.lines.forEach((line, i) => {
      const cell = line.scope === "direct" && cellOf(i, overall);
      if (!cell || !cell.quotes.length) return;
      part.append(make("h3", {}, bdi(line.title)), make("ol", { class: "quotes" }, ...cell.quotes.map((q) => quoteItem(data.quotes[q], false))));
    });
  }

  // ---- Wiring

  for (const input of all("input[name=grouping]")) {
    input.addEventListener("change", () => (location.hash = `by/${encode(input.value)}`));
  }
  $("filter").addEventListener("input", filter);
  for (const id of ["word", "children"]) if ($(id)) $(id).addEventListener("change", filter);
  $("reset").addEventListener("click", reset);
  for (const id of ["comparison", "clear"]) if ($(id)) $(id).addEventListener("change", compareGroups);
  if ($("appendix-wanted")) $("appendix-wanted").addEventListener("change", appendix);
  document.addEventListener("click", (event) => {
    const header = event.target.closest(".sort");
    if (header) sort(header.closest("th"));
    const cell = event.target.closest(".cell");
    if (cell) {
      pushed = true;
      location.hash = linkTo(...placeOf(cell));
    }
  });
  document.addEventListener("keydown", move);
  document.addEventListener("focusin", (event) => {
    if (event.target.matches && event.target.matches(".cell")) rove(event.target.closest("table"), event.target);
  });
  $("close").addEventListener("click", leave);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  dialog.addEventListener("click", (event) => {
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (event.target === dialog && !inside) leave();
  });
  dialog.addEventListener("close", () => {
    const place = placeInLink(); // still that of the cell if the browser itself closed it
    if (place && place.line !== undefined) leave();
  });
  window.addEventListener("hashchange", follow);

  const first = groupings.find((g) => g.classList.contains("first"));
  if (first) show(first.dataset.grouping);
  document.documentElement.classList.add("ready");
  compareGroups();
  follow();
})();
