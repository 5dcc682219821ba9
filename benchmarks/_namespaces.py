"""Machines that are network namespaces of this one: each has an address of its own, all hang on one switch."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

CLONE_NEWNET = 0x40000000
SWITCH = "pippin-switch"


@dataclass(frozen=True)
class Machine:
    """A namespace, and its address."""

    name: str
    address: str

    def start(self, *command: str, environment: dict[str, str]) -> None:
        """Run a command there until it ends."""
        words = ["ip", "netns", "exec", self.name, *command]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout[-500:]}{done.stderr[-500:]}")

    def cut(self) -> None:
        """Cut its link: what is sent to it or from it gets lost."""
        _ip("-n", self.name, "link", "set", "link0", "down")

    def kill(self) -> None:
        """End all its processes by SIGKILL, and join its link again."""
        pids = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=True)
        for pid in pids.stdout.split():
            if int(pid) != os.getpid():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
        _ip("-n", self.name, "link", "set", "link0", "up")

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Have this thread, and what it starts, be of that machine while the block runs."""
        libc = ctypes.CDLL(None, use_errno=True)
        own = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            if libc.setns(there, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            yield
        finally:
            libc.setns(own, CLONE_NEWNET)
            os.close(own)
            os.close(there)


def can_be_made() -> bool:
    """Return whether this user may make network namespaces here."""
    if shutil.which("ip") is None:
        return False
    name = f"pippin-try-{os.getpid()}"
    is_made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0
    if is_made:
        _ip("netns", "del", name)
    return is_made


@contextmanager
def machines(count: int) -> Iterator[list[Machine]]:
    """Yield machines on one switch, which is a namespace itself, so that the network of this machine stays as it is."""
    found = [Machine(f"pippin-node-{number}", f"10.77.0.{number + 1}") for number in range(count)]
    names = [SWITCH, *(one.name for one in found)]
    try:
        for name in names:
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", SWITCH, "link", "add", "bridge0", "type", "bridge")
        _ip("-n", SWITCH, "link", "set", "bridge0", "up")
        for number, one in enumerate(found):
            port = f"port{number}"
            _ip("-n", SWITCH, "link", "add", port, "type", "veth", "peer", "name", "link0", "netns", one.name)
            _ip("-n", SWITCH, "link", "set", port, "master", "bridge0")
            _ip("-n", SWITCH, "link", "set", port, "up")
            _ip("-n", one.name, "addr", "add", f"{one.address}/24", "dev", "link0")
            _ip("-n", one.name, "link", "set", "link0", "up")
        yield found
    finally:
        for one in found:
            if Path(f"/run/netns/{one.name}").exists():
                one.kill()
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
