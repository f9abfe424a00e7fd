"""Songs that no playlist of the training part holds: where in the space of vectors they belong.

Methods are functions of one signature. Each takes what is known (`known.Known`) and returns an
*estimate*, a function of new songs (`known.Newcomers`) that returns a vector for each: of length
at most 1, zero where the method has nothing to say.
"""
