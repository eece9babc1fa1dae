"""Starts `harness` commands, each in a process of its own that need not import torch again.

A process that starts from nothing spends two seconds on imports, and many tests need one: for a signal, a
closed pipe, what a library writes to standard output, a plugin that must not stay. This one imports the
harness once and forks; the child goes on as `python -m harness` would, to the end of the interpreter.

The fixture `process` starts it with the number of a socket, over which it takes a line of JSON for each
command and three files with it: standard output, standard error, and where to write the number of the
process and later how it ended.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import resource
import runpy
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import Any

import harness.cli.predict
import harness.cli.running
import harness.contract  # noqa: F401

BUFFER = 65536


def received(requests: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next request and its three files; None when nobody will ask again."""
    said, files, _, _ = socket.recv_fds(requests, BUFFER, 3)
    while said and not said.endswith(b"\n"):
        said += requests.recv(BUFFER)
    return (json.loads(said), files) if said else None


def fork_and_watch(files: list[int]) -> bool:
    """Fork, and tell of the child to its end; true in the child alone, which has the files as its own."""
    output, errors, told = files
    child = os.fork()
    if child == 0:
        os.dup2(output, 1)
        os.dup2(errors, 2)
        for file in files:
            os.close(file)
        return True
    os.close(output)
    os.close(errors)
    os.write(told, b"%d\n" % child)
    os.write(told, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os._exit(0)


def next_command(requests: socket.socket) -> dict[str, Any]:
    """Serve, and return in the process of each command, with what was asked for."""
    while (request := received(requests)) is not None:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass  # whoever watched a command that has ended
        asked, files = request
        if os.fork() == 0:
            requests.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if fork_and_watch(files):
                return asked
        for file in files:
            os.close(file)
    sys.exit()


def end(code: int) -> None:
    """End as the interpreter does, without freeing all that was imported, which takes half a second."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    with suppress(OSError, ValueError):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code & 0xFF)
    sys.exit(code)  # where nobody reads any more, which the interpreter has its own way with


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # or each child spends half a second, as it ends, looking for garbage in what is imported
    command = next_command(socket.socket(fileno=int(sys.argv[1])))
    os.chdir(command["folder"])
    os.environ.clear()
    os.environ.update(command["environment"])
    sys.path[:1] = [command["folder"], *command["seeing"]]
    sys.argv[1:] = command["arguments"]
    if command["largest_file"] is not None:
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (command["largest_file"], most))
    try:
        runpy.run_module("harness", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise
        end(ended.code or 0)
