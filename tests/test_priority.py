"""Who gets a busy core first, as the kernel tells it of real processes."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from collectors import serving, wait_for

from common import embedded, store
from common.priority import _ATTRIBUTES, _SET_ATTRIBUTES, FIGURES, SLICE, STORE

_ANSWERS = """
import ctypes, os, struct, subprocess, sys
from common import priority
done = priority.answer_first()
told = ctypes.create_string_buffer(56)
ctypes.CDLL(None).syscall(priority._SET_ATTRIBUTES[os.uname().machine] + 1, 0, told, 56, 0)
print(done, struct.unpack("IIQiIQQQII", told)[5], flush=True)
if sys.argv[1:]:
    subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
"""


SLICES = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 12)


def slice_of(pid: int) -> int:
    """ns, of a process's first thread."""
    told = ctypes.create_string_buffer(_ATTRIBUTES.size)
    ctypes.CDLL(None).syscall(_SET_ATTRIBUTES[os.uname().machine] + 1, pid, told, _ATTRIBUTES.size, 0)
    return int(_ATTRIBUTES.unpack(told)[5])


def said(program: str, *arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_who_gives_way_does_so_once_and_so_do_its_children() -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    program = (
        "import os; from common.priority import *; give_way(STORE); give_way(FIGURES); give_way(STORE);"
        "print(os.getpriority(0, 0)); print(os.popen('nice').read())"
    )
    assert said(program) == [str(max(FIGURES, ours))] * 2
    assert STORE < FIGURES


@pytest.mark.skipif(not SLICES, reason="Linux has slices since 6.12")
def test_who_answers_has_a_short_slice_and_its_children_have_not() -> None:
    program = _ANSWERS.replace("done = priority.answer_first()", "done = 'child'").replace("if sys.argv[1:]:", "if 0:")
    first, slice_, child, its = said(_ANSWERS, program)
    assert (first, int(slice_), child) == ("True", SLICE, "child")
    assert int(its) != SLICE


def test_a_collector_goes_before_its_server_and_that_before_figures(
    tmp_path: Path, free_port: Callable[[], int]
) -> None:
    """All in one session, since a core is shared between sessions first; each in a group that no Ctrl-C reaches."""
    environ = {"FOOTFALL_DATA": str(tmp_path / "data"), "FOOTFALL_REDIS_URL": "", "FOOTFALL_SITES": "example.com"}
    with serving(environ, free_port(), tmp_path / "log") as served:
        assert served.post({"pathname": "/", "hostname": "example.com"}).status_code == 202
        joined = embedded.join(tmp_path / "data" / "valkey")
        server = store.connect(joined.url).info("server")["process_id"]
        [flusher] = psutil.Process(served.process.pid).children()
        family = {"collector": served.process.pid, "server": server, "flusher": flusher.pid}
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        wait_for(lambda: os.getpriority(os.PRIO_PROCESS, flusher.pid) == max(FIGURES, ours))
        nice = {name: os.getpriority(os.PRIO_PROCESS, pid) for name, pid in family.items()}
        assert nice == {"collector": ours, "server": max(STORE, ours), "flusher": max(FIGURES, ours)}
        if SLICES:
            assert [slice_of(pid) == SLICE for pid in family.values()] == [True, False, False]
        assert len({os.getsid(pid) for pid in family.values()}) == 1
        assert [os.getpgid(pid) for pid in family.values()] == list(family.values())
        joined.close()


def test_a_policy_that_somebody_chose_stays() -> None:
    program = (
        "import os; os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)); from common.priority import *;"
        "print(answer_first(), os.sched_getscheduler(0) == os.SCHED_BATCH)"
    )
    assert said(program) == ["False", "True"]


def test_a_machine_without_such_a_call_goes_on() -> None:
    program = "import platform; platform.machine = lambda: 'm68k'; from common.priority import *; print(answer_first())"
    assert said(program) == ["False"]
