"""Reaching a server in a container's network from outside, without a bridge or a proxy."""

from __future__ import annotations

import ctypes
import os
import socket
import threading

__all__ = ["connected_inside"]

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET of sched.h


def connected_inside(pid: int, address: tuple[str, int], seconds: float) -> socket.socket:
    """A connection made in the network of process `pid`; raises OSError. Only root may.

    A socket stays in the network it was made in, so a thread of its own changes over (setns(2)
    is about the calling thread) and ends.
    """
    made: list[socket.socket] = []
    trouble: list[OSError] = []

    def connect() -> None:
        try:
            _enter(pid)
            made.append(socket.create_connection(address, seconds))
        except OSError as error:
            trouble.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    if trouble:
        raise trouble[0]
    return made[0]


def _enter(pid: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if library.setns(descriptor, _NEW_NETWORK):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)
