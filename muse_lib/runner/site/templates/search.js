
// Shows the sections that hold every word asked for; without JavaScript all of them show.
const words = JSON.parse(document.getElementById("words").textContent);
const sections = [...document.querySelectorAll("#contents .section")];
const search = document.getElementById("search");
search.addEventListener("input", () => {
  const asked = searchable(search.value).split(/\s+/).filter(Boolean);
  const fits = words.map((text) => asked.every((word) => text.includes(word)));
  document.getElementById("contents").classList.toggle("searching", asked.length > 0);
  sections.forEach((section, k) => { section.hidden = !fits[k]; });
  for (const page of document.querySelectorAll("#contents > li")) {
    page.hidden = !page.querySelector(".section:not([hidden])");
  }
  const n = fits.filter(Boolean).length;
  document.getElementById("found").textContent = asked.length ? `${n} of ${words.length} sections` : "";
});
