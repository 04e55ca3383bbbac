"""Who gets a busy core first: a process that answers before those whose work can wait.

Linux shares a core between sessions before it looks at priorities within one (autogroup), so processes that are to give
way to each other have to stay in one session: they get process groups of their own instead, which a terminal's Ctrl-C
does not reach either.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

#: Nice values. On a core that others keep busy a process still gets a tenth, or a thirtieth, of it.
STORE = 10  #: the embedded server: screens wait for it as well
FIGURES = 15  #: flushes: what is acknowledged waits in the journal
#: Time slice of a process that answers, in ns: woken, it interrupts one with a longer slice at once (Linux 6.12).
SLICE = 100_000
_SET_ATTRIBUTES = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
#: struct sched_attr: size, policy, flags, nice, priority, runtime, deadline, period, two clamps.
_ATTRIBUTES = struct.Struct("<IIQiIQQQII")
_RESET_ON_FORK = 1


def give_way(nice: int) -> None:
    """Let processes with answers to give go first, for good; the children of this process do so as well."""
    os.setpriority(os.PRIO_PROCESS, 0, max(nice, os.getpriority(os.PRIO_PROCESS, 0)))


def answer_first() -> bool:
    """Have the calling thread interrupt others as soon as it has something to do, its children not. False where the
    system has no such call or somebody chose another policy; before Linux 6.12 it changes nothing.
    """
    number = _SET_ATTRIBUTES.get(platform.machine())
    if sys.platform != "linux" or number is None or os.sched_getscheduler(0) != os.SCHED_OTHER:
        return False
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    wanted = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_OTHER, _RESET_ON_FORK, nice, 0, SLICE, 0, 0, 0, 0)
    return bool(ctypes.CDLL(None).syscall(number, 0, wanted, 0) == 0)
