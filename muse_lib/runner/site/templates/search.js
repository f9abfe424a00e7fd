
// Lists the sections that hold every word asked for, of all corpora whose words the page has loaded.
const most = 50;
const corpora = globalThis.museWords ?? [];
const search = document.getElementById("search");
search.addEventListener("input", () => {
  const asked = searchable(search.value).split(/\s+/).filter(Boolean);
  const fits = corpora.flatMap(({ base, corpus, sections }) => sections
    .filter(({ words }) => asked.length && asked.every((word) => words.includes(word)))
    .map(({ page, title, anchor, heading }) => {
      const link = document.createElement("a");
      link.href = `${base}${page}.html#${anchor}`;
      link.textContent = heading === title ? title : `${title} › ${heading}`;
      const place = document.createElement("small");
      place.textContent = ` ${corpus}`;
      const item = document.createElement("li");
      item.append(link, place);
      return item;
    }));
  const n = corpora.reduce((sum, { sections }) => sum + sections.length, 0);
  document.getElementById("results").replaceChildren(...fits.slice(0, most));
  document.getElementById("found").textContent = !asked.length ? "" : !fits.length ? "no section matches"
    : `${Math.min(most, fits.length)} of ${fits.length} that match, among ${n} sections`;
});
