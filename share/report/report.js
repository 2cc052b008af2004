// SPDX-License-Identifier: Apache-2.0
// The register: sorted, filtered, opened. What a mail says becomes text nodes and nothing else.
"use strict";
(() => {
  const CHUNK = 100, PRINTED = 2000, CELL = 80;
  const page = JSON.parse(document.getElementById("data").textContent);
  const words = page.words;
  const at = Object.fromEntries(page.texts.map((name, i) => [name, i]));
  const SCORE = page.texts.length, CAMPAIGN = SCORE + 1, LINKS = SCORE + 2, LINKS_ALL = SCORE + 3, FINDINGS = SCORE + 4,
    FINDINGS_ALL = SCORE + 5, CUT = SCORE + 6;
  const rows = page.rows;
  const table = document.querySelector(".register"), body = table.tBodies[0], scroll = document.querySelector(".scroll");
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const grouped = (n) => n.toLocaleString("en").replaceAll(",", "\u202f");

  // --- text of strangers: the same rule as html_is_hidden in sensor/report/html.c ---
  const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
  const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

  // On a phone rows are cards, and some browsers then forget that this is a table: the parts say what they are.
  const ROLES = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", td: "cell" };
  function role(e) {
    const name = e.localName, named = name === "th" ? (e.scope === "row" ? "rowheader" : "columnheader") : ROLES[name];
    if (named) e.setAttribute("role", named);
    return e;
  }

  function element(name, attributes, ...children) {
    const e = role(document.createElement(name));
    for (const [key, value] of Object.entries(attributes ?? {})) e.setAttribute(key, value);
    e.append(...children);
    return e;
  }

  function stranger(text) {
    const e = document.createElement("bdi");
    let from = 0;
    for (const found of text.matchAll(HIDDEN)) {
      const number = found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      e.append(text.slice(from, found.index), element("b", { class: "m" }, "U+" + number));
      from = found.index + found[0].length;
    }
    e.append(text.slice(from));
    return e;
  }

  function head(text) {
    if (text.length * 2 <= CELL) return text;
    let used = 0, n = 0, fits = 0; // fits: what leaves room for the "…"
    for (const c of text) {
      used += WIDE.test(c) ? 2 : 1;
      if (used > CELL) return text.slice(0, fits) + "…";
      n += c.length;
      if (used < CELL) fits = n;
    }
    return text;
  }

  // --- values of a row, by column ---
  const hostOf = (r) => r[LINKS].length ? r[LINKS][0][1] || r[LINKS][0][0] : "";
  const ownerOf = (r) => r[LINKS].length ? r[LINKS][0][4] || r[LINKS][0][3] : "";
  const seen = (r) => r[at.time].slice(0, 10) + " " + r[at.time].slice(11, 19);
  const weighty = (r) => r[FINDINGS].filter((f) => f[2]);
  const value = {
    time: seen, link: hostOf, link_owner: ownerOf, score: (r) => r[SCORE],
    findings: (r) => weighty(r).map((f) => f[0]).join(", "),
  };
  const text = (r, column) => (value[column] ?? ((row) => row[at[column]]))(r);

  // Addresses by number, dates by time, all else as people sort words.
  function key(r, column) {
    if (column === "ip") return r[at.ip].split(/[.:]/).map((part) => part.padStart(4, "0")).join(".");
    if (column === "date") return Date.parse(r[at.date]) || 0;
    return text(r, column);
  }

  // --- cells ---
  function cell(r, column, title) {
    const td = element("td", { "data-c": column, "data-label": title });
    if (column === "time") {
      const button = element("button", { type: "button", "aria-expanded": "false" }, stranger(seen(r)));
      td.append(button);
    } else if (column === "score") {
      td.append(String(r[SCORE]));
      if (page.alert && r[SCORE] >= page.alert) td.className = "high";
    } else if (column === "findings") {
      weighty(r).forEach((f, i) => td.append(i ? ", " : "", stranger(f[0])));
    } else if (text(r, column)) {
      td.append(stranger(head(text(r, column))));
      if (column === "link" && r[LINKS_ALL] > 1) td.append(" ", element("span", { class: "count" }, "+" + (r[LINKS_ALL] - 1)));
    }
    return td;
  }

  function line(r) {
    const tr = element("tr");
    tr.mail = r;
    for (const [column, title] of page.columns) tr.append(cell(r, column, title));
    return tr;
  }

  // --- one mail in full ---
  function pair(name, content) {
    return element("div", null, element("dt", null, name), element("dd", null, content));
  }

  function linkItem(l) {
    const li = element("li", null, stranger(l[0]));
    if (l[2]) li.append(element("span", { class: "sentence" }, " · ", words.shown_as, " "), stranger(l[2]));
    const where = [l[3], l[4], l[5]].filter(Boolean);
    if (where.length) li.append(element("span", { class: "sentence" }, " → ", stranger(where.join(", "))));
    return li;
  }

  function findingItem(f) {
    const li = element("li", null, element("b", null, stranger(f[0])), element("span", { class: "weight" }, f[2] ? "+" + f[2] : ""));
    if (Object.hasOwn(page.sentences, f[0])) li.append(element("span", { class: "sentence" }, page.sentences[f[0]]));
    if (f[1]) li.append(element("span", { class: "evidence" }, stranger(f[1])));
    return li;
  }

  function group(title, items, all) {
    const ul = element("ul", null, ...items);
    if (all > items.length) ul.append(element("li", { class: "sentence" }, say(words.more_links, { n: all - items.length })));
    return element("div", null, element("h4", null, title), ul);
  }

  function detail(r) {
    const titles = Object.fromEntries(page.columns);
    const dl = element("dl");
    for (const name of page.texts)
      if (name !== "time" && r[at[name]] && !(name === "zone" && r[at.date].endsWith(r[at.zone]))) dl.append(pair(titles[name] ?? words[name] ?? name, stranger(r[at[name]])));
    if (r[CAMPAIGN]) dl.append(pair(words.of_campaign, document.getElementById("c" + r[CAMPAIGN])
      ? element("a", { href: "#c" + r[CAMPAIGN] }, String(r[CAMPAIGN])) : String(r[CAMPAIGN])));
    const right = element("div");
    if (r[FINDINGS].length)
      right.append(group(words.findings, [...r[FINDINGS]].sort((a, b) => b[2] - a[2]).map(findingItem), r[FINDINGS_ALL]));
    if (r[LINKS].length) right.append(group(words.links, r[LINKS].map(linkItem), r[LINKS_ALL]));
    if (r[CUT]) right.append(element("p", { class: "more" }, words.cut));
    const td = element("td", { colspan: page.columns.length }, element("div", { class: "detail" }, element("div", null, dl), right));
    return element("tr", { class: "d" }, td);
  }

  function toggle(tr) {
    const button = tr.querySelector("button"), open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    tr.classList.toggle("open", !open);
    if (open) tr.nextElementSibling.remove();
    else tr.after(detail(tr.mail));
  }

  body.addEventListener("click", (event) => {
    const tr = event.target.closest("tr");
    if (tr?.mail && (event.target.closest("button") || getSelection().isCollapsed)) toggle(tr);
  });

  // --- what is shown ---
  let shown = rows, drawn = 0, sorting = "time", descending = true;
  const rest = document.querySelector(".rest");
  const more = element("button", { type: "button" });

  function draw(n) {
    const until = Math.min(shown.length, drawn + n), lines = document.createDocumentFragment();
    for (; drawn < until; drawn++) lines.append(line(shown[drawn]));
    body.append(lines);
    more.textContent = say(words.more, { n: grouped(Math.min(CHUNK, shown.length - drawn)) });
    rest.hidden = drawn === shown.length;
  }

  function redraw() {
    body.replaceChildren();
    drawn = 0;
    draw(CHUNK);
    if (!shown.length) body.append(element("tr", null, element("td", { colspan: page.columns.length }, words.none)));
  }

  function sort() {
    const sign = descending ? -1 : 1;
    const keyed = shown.map((r) => [key(r, sorting), r]);
    const empty = (k) => k === "" || k === 0;
    keyed.sort(([a], [b]) => empty(a) - empty(b) || sign * (typeof a === "number" ? a - b : sorting === "time" || sorting === "ip"
      ? (a > b) - (a < b) : collator.compare(a, b)));
    shown = keyed.map(([, r]) => r);
  }

  for (const th of table.tHead.rows[0].cells) {
    const column = th.dataset.c, button = element("button", { type: "button" }, ...th.childNodes);
    button.title = say(words.sort, { c: th.textContent || button.textContent });
    th.replaceChildren(button);
    button.addEventListener("click", () => {
      descending = sorting === column ? !descending : column === "score" || column === "time";
      sorting = column;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      th.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sort();
      redraw();
    });
  }

  // --- filters ---
  const fold = (s) => s.normalize("NFKC").toLowerCase().replaceAll("[.]", ".").replaceAll("hxxp", "http");
  let folded = null; // made when it is first asked for
  const haystack = (i) => (folded ??= rows.map((r) => fold([...r.slice(0, SCORE), ...r[LINKS].flat(), ...r[FINDINGS].flat()].join("\n"))))[i];

  function chooser(name, any, options) {
    const select = element("select", { name }, element("option", { value: "" }, any));
    for (const [id, title] of options) select.append(element("option", { value: id }, title));
    return element("label", null, words[name], select);
  }

  function counted(values) {
    const n = new Map();
    for (const v of values) n.set(v, (n.get(v) ?? 0) + 1);
    return [...n].sort((a, b) => b[1] - a[1] || collator.compare(a[0], b[0]));
  }

  const plain = (s) => s.replace(HIDDEN, (c) => `[U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);
  const names = new Map(page.countries);
  const input = element("input", { type: "search", name: "text", autocomplete: "off", spellcheck: "false", dir: "auto" });
  const form = document.querySelector(".filter"), found = document.querySelector(".found");
  const campaigns = counted(rows.map((r) => r[CAMPAIGN]).filter(Boolean)).map(([id]) => id).sort((a, b) => a - b);
  const clear = element("button", { type: "reset" }, words.clear);
  form.append(
    element("label", null, words.search, input),
    chooser("finding", words.any_finding, counted(rows.flatMap((r) => r[FINDINGS].map((f) => f[0]))).map(([id, n]) => [id, `${plain(id)} (${n})`])),
    chooser("country", words.any_country, counted(rows.map((r) => r[at.country]).filter(Boolean)).map(([id, n]) => [id, `${plain(names.get(id) ?? id)} (${n})`])),
    chooser("campaign", words.any_campaign, campaigns.map((id) => [id, `${id} ${plain(page.campaigns[id - 1] ?? "").slice(0, 40)}`])),
    clear);

  function filter() {
    const wanted = fold(input.value).split(/\s+/).filter(Boolean);
    const { finding, country, campaign } = form.elements;
    shown = rows.filter((r, i) =>
      (!finding.value || r[FINDINGS].some((f) => f[0] === finding.value)) &&
      (!country.value || r[at.country] === country.value) &&
      (!campaign.value || r[CAMPAIGN] === Number(campaign.value)) &&
      wanted.every((w) => haystack(i).includes(w)));
    sort();
    redraw();
    tell();
  }

  function tell() {
    found.textContent = say(shown.length === rows.length ? words.all : words.found, { n: grouped(shown.length), of: grouped(rows.length) });
  }

  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, rows.length > 2000 ? 150 : 0);
  });
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  for (const button of document.querySelectorAll("button[data-campaign]"))
    button.addEventListener("click", () => {
      form.reset();
      form.elements.campaign.value = button.dataset.campaign;
      filter();
      document.getElementById("register").scrollIntoView();
      input.focus({ preventScroll: true });
    });

  // --- more as one goes down; all of it on paper ---
  rest.append(more);
  more.addEventListener("click", () => draw(CHUNK));
  const foot = element("div");
  scroll.append(foot);
  new IntersectionObserver((entries) => {
    if (entries.some((e) => e.isIntersecting) && drawn && drawn < shown.length) draw(CHUNK);
  }, { rootMargin: "600px" }).observe(foot);
  addEventListener("beforeprint", () => {
    draw(Math.max(0, PRINTED - drawn));
    if (shown.length > drawn) found.textContent = say(words.printed, { n: grouped(drawn), of: grouped(shown.length) });
  });
  addEventListener("afterprint", tell);

  document.querySelectorAll("table, thead, tbody, tr, th, td").forEach(role);
  for (const e of document.querySelectorAll("[data-n]")) e.textContent = grouped(Number(e.textContent));
  document.documentElement.classList.add("live");
  filter();
})();
