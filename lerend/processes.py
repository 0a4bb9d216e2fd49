"""Processes that do not outlive who started them."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask Linux to send this process signal ``number`` when its parent dies.

    Elsewhere it does nothing: there a parent that is killed outright leaves its children behind.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def dying_with(parent: int, number: int = signal.SIGKILL) -> Callable[[], None]:
    """Return a ``preexec_fn`` for a child of process ``parent``: see ``die_with_parent``.

    A parent that died before the child could ask is seen as well.
    """

    def prepare() -> None:
        die_with_parent(number)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
