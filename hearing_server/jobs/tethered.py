"""``python -m hearing_server.jobs.tethered PARENT LOCK COMMAND …`` runs COMMAND alone, and never longer than its parent.

A job runner that is killed cannot stop its child any more. On Linux the kernel does it: the child asks to be killed when its
parent dies (prctl(2), PR_SET_PDEATHSIG). Elsewhere, and when the runner was only halted while another took its job over, the
lock makes the second child wait until the first is gone, so that two never write the same files.
"""

import ctypes
import fcntl
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, lock, *command = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before the line above took effect
        raise SystemExit(1)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o640)
    os.set_inheritable(descriptor, True)  # the lock lives as long as COMMAND does
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.execvp(command[0], command)


def tethered(command: list[str], lock: Path) -> list[str]:
    """``command`` as a child of this process that ends with it and holds ``lock`` meanwhile."""
    return [sys.executable, "-m", "hearing_server.jobs.tethered", str(os.getpid()), str(lock), *command]


if __name__ == "__main__":
    main(sys.argv[1:])
