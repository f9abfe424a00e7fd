"""Optimisers: how parameters move along a full-batch gradient.

Each rule works element by element and in place, on any slice of the parameters, so that threads
can share the rows of W. It is stateless: its memory is in the arrays it is given, so a second
training never starts from the state of the first. The gradient is overwritten.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

Slots = Sequence[np.ndarray]
Step = Callable[[np.ndarray, np.ndarray, Slots, float, int], None]


class Optimizer(NamedTuple):
    """A step rule and the initial value of each array of its memory.

    ``step(theta, gradient, slots, learning_rate, epoch)`` moves ``theta``; epochs count from 1.
    """

    step: Step
    starts: tuple[float, ...]


def gradient_descent(
    theta: np.ndarray, gradient: np.ndarray, _slots: Slots, learning_rate: float, _epoch: int
) -> None:
    """Move by -eta g: the rule the poster names."""
    gradient *= learning_rate
    theta -= gradient


def adagrad(
    theta: np.ndarray, gradient: np.ndarray, slots: Slots, learning_rate: float, _epoch: int
) -> None:
    """Move by -eta g / sqrt(1 + sum of g^2 so far): GloVe's rule (Duchi et al. 2011).

    The sum starts at 1, as in GloVe's code. Starting from 0, the first step would move every
    parameter by eta, however small its gradient, and dot products of long vectors would jump.
    """
    (squares,) = slots
    squares += gradient * gradient
    gradient /= np.sqrt(squares)
    gradient *= learning_rate
    theta -= gradient


def adam(
    theta: np.ndarray, gradient: np.ndarray, slots: Slots, learning_rate: float, epoch: int
) -> None:
    """Move by -eta m / sqrt(v), decay rates 0.9 and 0.999 (Kingma and Ba 2015)."""
    mean, squares = slots
    mean *= 0.9
    mean += 0.1 * gradient
    squares *= 0.999
    squares += 0.001 * gradient * gradient
    corrected = np.sqrt(squares / (1 - 0.999**epoch))
    theta -= learning_rate * (mean / (1 - 0.9**epoch)) / (corrected + 1e-8)


OPTIMIZERS = {
    "adagrad": Optimizer(adagrad, starts=(1.0,)),
    "gd": Optimizer(gradient_descent, starts=()),
    "adam": Optimizer(adam, starts=(0.0, 0.0)),
}
