"""Commands that work for long stop cleanly when a cluster or a closing terminal tells them to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


def stop_as_by_control_c() -> None:
    """From now on let SIGTERM and SIGHUP do what Ctrl-C does, the first of them that comes.

    A closing terminal sends SIGHUP more than once; the second must not end the recording of the run that
    the first one stopped. What `nohup` made deaf to SIGHUP stays so.
    """
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        return
    signals = [signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signals.append(signal.SIGHUP)

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        for one in signals:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in signals:
        signal.signal(one, stop)


@contextmanager
def goes_on(how: str) -> Iterator[None]:
    """Have what is interrupted say how it goes on, such as "the same command with --resume"."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Interrupted: {how} goes on from what was kept.") from None
