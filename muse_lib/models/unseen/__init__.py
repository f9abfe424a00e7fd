"""Estimate vectors of songs that no training playlist contains (cold start).

All methods have one signature. Each takes the known songs (`known.Known`) and returns an
*estimate*, a function that maps new songs (`known.Newcomers`) to vectors: no longer than those of
known songs, and zero if the method has no information. All parts of a vector are estimated in the
same way, so the playlist part of `muse-lists` also comes from the artist's songs and the name.
`scale.Scale` rescales vectors before and after estimation.
"""
