"""Songs that no playlist of the training part holds: where in the space of vectors they belong.

Methods are functions of one signature. Each takes what is known (`known.Known`) and returns an
*estimate*, a function of new songs (`known.Newcomers`) that returns a vector for each: no longer
than known ones are, zero where the method has nothing to say. All parts of a vector are estimated
alike, so the part that lists make of a song (`muse-lists`) comes from the artist's songs and the
name too. `scale.Scale` says at what length vectors go in, and come out again.
"""
