"use strict";
(function () {
  const read = (id) => JSON.parse(document.getElementById("data-" + id).textContent);
  const labelled = read("labelled");
  const SIZE = 20;

  // Texts of models go into the page by textContent alone: they are never parsed as HTML.
  function element(tag, name, text) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function block(title, text) {
    const box = element("div");
    box.append(element("h3", "", title));
    const body = element("div", "text", text);
    body.tabIndex = 0;
    body.setAttribute("role", "group");
    body.setAttribute("aria-label", title);
    box.append(body);
    return box;
  }
  function tags(values) {
    const line = element("p", "tags");
    for (const [text, name] of values) line.append(element("span", name || "", text));
    return line;
  }
  const number = (value) => (value === null ? "–" : value.toFixed(2));

  function candidateCard(row) {
    const card = element("article", "card");
    card.append(tags([
      [row.reason, row.keep ? "kept" : "dropped"],
      ["round " + row.round], ["question " + row.question],
      ["answer " + (row.answer === null ? "–" : row.answer)],
      ["vote share " + number(row.vote_share)], ["DS weight " + number(row.ds_weight)],
    ]));
    card.append(block("Prompt", row.prompt));
    const pair = element("div", "pair");
    pair.append(block("Candidate", row.text));
    if (row.labelled !== null) {
      const [prompt, rationale] = labelled[row.labelled];
      pair.append(block("Most similar labelled row", prompt + "\n\n" + rationale));
    }
    card.append(pair);
    return card;
  }
  function flipCard(row) {
    const card = element("article", "card");
    card.append(tags([
      [row.fixed ? "wrong to right" : "right to wrong", row.fixed ? "kept" : "dropped"],
      ["item " + row.item], ["gold " + row.gold],
    ]));
    card.append(block("Prompt", row.prompt));
    const pair = element("div", "pair");
    pair.append(block("Base model", row.before), block("Round " + row.round, row.after));
    card.append(pair);
    return card;
  }

  function browser(name, rows, matches, card) {
    const form = document.querySelector('form[data-list="' + name + '"]');
    const list = document.getElementById(name + "-list");
    const count = document.getElementById(name + "-count");
    const [previous, next] = ["prev", "next"].map((end) => document.getElementById(name + "-" + end));
    let page = 0;
    function show() {
      const wanted = Object.fromEntries(new FormData(form));
      const found = rows.filter((row) => matches(row, wanted));
      const pages = Math.max(1, Math.ceil(found.length / SIZE));
      page = Math.min(Math.max(page, 0), pages - 1);
      count.textContent = found.length + " found, page " + (page + 1) + " of " + pages;
      list.replaceChildren(...found.slice(page * SIZE, (page + 1) * SIZE).map(card));
      previous.disabled = page === 0;
      next.disabled = page === pages - 1;
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => { page = 0; show(); });
    previous.addEventListener("click", () => { page -= 1; show(); });
    next.addEventListener("click", () => { page += 1; show(); });
    show();
  }
  const holds = (texts, wanted) => {
    const text = wanted.toLowerCase();
    return !text || texts.some((each) => each !== null && each.toLowerCase().includes(text));
  };
  browser("candidates", read("candidates"), (row, wanted) =>
    (!wanted.reason || row.reason === wanted.reason) &&
    (!wanted.round || String(row.round) === wanted.round) &&
    (!wanted.vote || (row.vote_share !== null && row.vote_share >= Number(wanted.vote))) &&
    (!wanted.weight || (row.ds_weight !== null && row.ds_weight >= Number(wanted.weight))) &&
    holds([row.prompt, row.text, row.answer, row.question], wanted.text), candidateCard);
  browser("flips", read("flips"), (row, wanted) =>
    (!wanted.kind || row.fixed === (wanted.kind === "fixed")) &&
    holds([row.prompt, row.before, row.after, row.gold, row.item], wanted.text), flipCard);
})();
