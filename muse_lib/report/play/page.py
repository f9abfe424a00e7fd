"""The page itself: layout, script, and the embedded songs."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import escape

import numpy as np
import pandas as pd

from muse_lib.errors import InputError
from muse_lib.figures.packed import UNPACKED_JS, packed
from muse_lib.names import SEARCHABLE_JS
from muse_lib.report.play.vectors import N_SHOWN

N_FOUND = 50
"""Maximum number of search results."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src '{{digest}}'; img-src data:; base-uri 'none'; form-action 'none'">
<title>{{title}}</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --ink: #1b1f24; --faint: #59636e; --line: #d9dee3; --paper: #fff; --wash: #f5f7f9; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --faint: #9da7b1; --line: #39424c; --paper: #14181d; --wash: #1f262d; --link: #7db8fb; }
}
body { margin: 1rem auto; padding: 0 1rem; max-width: 78rem; background: var(--paper); color: var(--ink); font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; font-size: .9rem; }
a { color: var(--link); }
h1 { font-size: 1.5rem; margin: .8rem 0 .4rem; }
h2 { font-size: 1rem; margin: 0 0 .4rem; }
h2 small { font-weight: 400; }
p { margin: .4rem 0; max-width: 46rem; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem 2rem; margin: 1rem 0; }
#models { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr)); gap: 1rem; }
#models section { background: var(--wash); border-radius: .5rem; padding: .7rem .8rem; }
ul, ol { list-style: none; margin: 0; padding: 0; }
#found { max-height: 15rem; overflow-y: auto; }
li { border-top: 1px solid var(--line); }
li:first-child { border: 0; }
button { font: inherit; color: inherit; background: none; border: 0; padding: .3rem 0; width: 100%; text-align: left; cursor: pointer; }
button:hover, button:focus-visible { color: var(--link); }
small { color: var(--faint); font-size: .85em; }
small.cosine { float: right; font-variant-numeric: tabular-nums; margin-left: .5rem; }
label { font-weight: 600; display: block; margin-bottom: .3rem; }
input { font: inherit; box-sizing: border-box; width: 100%; padding: .4rem .6rem; color: inherit; background: var(--paper); border: 1px solid var(--faint); border-radius: .4rem; }
</style>
</head>
<body>
<nav>{{links}}</nav>
<main>
<h1>{{title}}</h1>
<p>{{about}}</p>
<noscript><p>This page computes in your browser and needs JavaScript for it.</p></noscript>
<div class="two">
<div>
<label for="search">Add songs</label>
<input id="search" type="search" placeholder="words of a track or an artist" autocomplete="off">
<small id="count" role="status"></small>
<ul id="found" aria-label="Songs found"></ul>
</div>
<div>
<h2>Your playlist <small>(click on a song to remove it)</small></h2>
<ul id="playlist" aria-label="Your playlist"></ul>
</div>
</div>
<div id="models"></div>
</main>
<script type="application/json" id="content">{{content}}</script>
<script type="module">{{script}}</script>
</body>
</html>
"""

SCRIPT = r"""
// Vectors are whole numbers of one byte: made unit vectors, their products are cosines.
const { songs, models, shown, most } = JSON.parse(document.getElementById("content").textContent);
const names = songs.map(([track, artist]) => searchable(`${track} ${artist}`));
const unit = await Promise.all(models.map(async ({ dim, vectors }) => {
  const bytes = new Int8Array(await unpacked(vectors).arrayBuffer());
  return songs.map((_, song) => {
    const vector = Float32Array.from(bytes.subarray(song * dim, (song + 1) * dim));
    const length = Math.hypot(...vector) || 1;
    return vector.map((number) => number / length);
  });
}));
const playlist = [0];

// The songs nearest to the centroid of the playlist, each with its cosine.
const continuation = (vectors) => {
  const centroid = vectors[0].map((_, k) => playlist.reduce((sum, song) => sum + vectors[song][k], 0));
  const length = Math.hypot(...centroid) || 1;
  return vectors
    .map((vector, song) => [vector.reduce((sum, number, k) => sum + number * centroid[k], 0) / length, song])
    .filter(([, song]) => !playlist.includes(song))
    .sort(([one, a], [other, b]) => other - one || a - b)
    .slice(0, shown);
};

const element = (kind, text, ...children) => {
  const made = document.createElement(kind);
  made.textContent = text;
  made.append(...children);
  return made;
};

// Names are text wherever they stand.
const item = (song, act, cosine) => {
  const [track, artist] = songs[song];
  const button = element("button", "");
  if (cosine !== undefined) {
    const small = element("small", cosine.toFixed(2));
    small.className = "cosine";
    button.append(small, " ");
  }
  button.append(`${track} `, element("small", artist));
  button.addEventListener("click", act);
  return element("li", "", button);
};

const add = (song) => () => {
  if (!playlist.includes(song)) playlist.push(song);
  show();
};

const show = () => {
  const remove = (song) => () => { playlist.splice(playlist.indexOf(song), 1); show(); };
  document.getElementById("playlist").replaceChildren(...playlist.map((song) => item(song, remove(song))));
  document.getElementById("models").replaceChildren(...models.map(({ name }, k) => {
    const list = playlist.length ? continuation(unit[k]) : [];
    const items = list.map(([cosine, song]) => item(song, add(song), cosine));
    return element("section", "", element("h2", name), element("ol", "", ...items));
  }));
};

const search = document.getElementById("search");
search.addEventListener("input", () => {
  const asked = searchable(search.value).split(/\s+/).filter(Boolean);
  const all = asked.length ? [...names.keys()].filter((k) => asked.every((word) => names[k].includes(word))) : [];
  document.getElementById("found").replaceChildren(...all.slice(0, most).map((song) => item(song, add(song))));
  document.getElementById("count").textContent = !asked.length ? "" : !all.length ? "no song matches"
    : `${Math.min(most, all.length)} of ${all.length}, most popular first`;
});
show();
"""


def play_page(
    songs: pd.DataFrame,
    vectors: Mapping[str, np.ndarray],
    title: str,
    about: str,
    links: Mapping[str, str],
) -> str:
    """Return the page; the same songs give the same bytes.

    Parameters
    ----------
    songs : DataFrame
        ``track`` and ``artist``, most popular song first.
    vectors : mapping of ndarray
        `compressed` vectors of these songs, (n_songs, n_dims) int8, by the name of their model.
    title, about : str
        Plain text: the heading, and the paragraph below it.
    links : mapping
        Navigation links: names with addresses.

    Raises
    ------
    InputError
        If there are no songs, or a model has more or fewer vectors.
    """
    if songs.empty:
        raise InputError("there are no songs to play with.")
    for name, one in vectors.items():
        if len(one) != len(songs):
            raise InputError(f"{name} has {len(one):,} vectors for {len(songs):,} songs.")
    models = [
        {"name": name, "dim": one.shape[1], "vectors": packed(one.tobytes())}
        for name, one in vectors.items()
    ]
    content = {"songs": songs[["track", "artist"]].to_numpy().tolist(), "models": models}
    content |= {"shown": N_SHOWN, "most": N_FOUND}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    script = SEARCHABLE_JS + UNPACKED_JS + SCRIPT
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    parts = {
        "title": escape(title),
        "about": escape(about),
        "links": " ".join(f'<a href="{escape(to)}">{escape(n)}</a>' for n, to in links.items()),
        "content": text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026"),
        "script": script,
        "digest": f"sha256-{digest}",
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark[1]], PAGE)
