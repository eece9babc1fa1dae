"""Commands that work for long stop cleanly when a cluster tells them to."""

from __future__ import annotations


def stop_as_by_control_c() -> None:
    """From now on let SIGTERM do what Ctrl-C does."""
    import signal
    import threading

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
