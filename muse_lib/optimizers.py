"""Step rules: how parameters move against a full-batch gradient.

Each rule works element by element and in place, on any slice of the parameters, so that rows of
W can be shared among threads. It keeps nothing itself: its memory is in the arrays it is given,
so a second training never starts from the state of the first. The gradient is used up.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

TINY = 1e-12
"""Keeps 0 / 0 from the gradient of a song that no pair has touched."""

Slots = Sequence[np.ndarray]
Step = Callable[[np.ndarray, np.ndarray, Slots, float, int], None]


class Optimizer(NamedTuple):
    """A step rule and how many arrays of the parameters' shape it remembers, zero at first.

    ``step(theta, gradient, slots, learning_rate, epoch)`` moves ``theta``; epochs count from 1.
    """

    step: Step
    n_slots: int


def gradient_descent(
    theta: np.ndarray, gradient: np.ndarray, _slots: Slots, learning_rate: float, _epoch: int
) -> None:
    """Theta <- theta - eta g: what the poster names."""
    gradient *= learning_rate
    theta -= gradient


def adagrad(
    theta: np.ndarray, gradient: np.ndarray, slots: Slots, learning_rate: float, _epoch: int
) -> None:
    """Theta <- theta - eta g / sqrt(sum of g^2 so far): GloVe's rule (Duchi et al. 2011).

    At the first step every parameter moves by eta, whatever the scale of J.
    """
    (squares,) = slots
    squares += gradient * gradient
    gradient /= np.sqrt(squares) + TINY
    gradient *= learning_rate
    theta -= gradient


def adam(
    theta: np.ndarray, gradient: np.ndarray, slots: Slots, learning_rate: float, epoch: int
) -> None:
    """Move by eta m / sqrt(v), decay rates 0.9 and 0.999 (Kingma and Ba 2015)."""
    mean, squares = slots
    mean *= 0.9
    mean += 0.1 * gradient
    squares *= 0.999
    squares += 0.001 * gradient * gradient
    corrected = np.sqrt(squares / (1 - 0.999**epoch))
    theta -= learning_rate * (mean / (1 - 0.9**epoch)) / (corrected + 1e-8)


OPTIMIZERS = {
    "adagrad": Optimizer(adagrad, n_slots=1),
    "gd": Optimizer(gradient_descent, n_slots=0),
    "adam": Optimizer(adam, n_slots=2),
}
