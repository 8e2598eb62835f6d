"""Pieces of a table classified by several processes: in order, and in bounded memory."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from multiprocessing.connection import wait
from pathlib import Path

from ccgmine.classify.stream import Answer, Layout, RowClassifier, StreamOptions
from ccgmine.errors import InputError, MachineError

PIECES_AHEAD = 2
"""Pieces under way a process: one that it works on, one that waits."""


def in_processes(
    classifier: RowClassifier,
    folder: Path,
    pieces: Iterable[bytes],
    layout: Layout,
    jobs: int,
) -> Iterator[Answer]:
    """Classify pieces of a delimited file; the answers come in order.

    Args:
        classifier: The classifier of this process.
        folder: The model's folder, for processes that must open it themselves.
        pieces: Whole rows each.
        layout: Where the cells are.
        jobs: Processes to use.

    Raises:
        MachineError: If one of the processes was ended from outside.
    """
    pool = _pool(classifier, folder, jobs)
    under_way: deque[Future[Answer]] = deque()
    try:
        for piece in pieces:
            with _interrupts_held():
                under_way.append(pool.submit(_classify, piece, layout))
            if len(under_way) >= PIECES_AHEAD * jobs:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool as error:
        raise MachineError(
            "one of the processes of --jobs was ended from outside",
            remedy="Perhaps memory ran out: use fewer, or leave --jobs out.",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(classifier: RowClassifier, folder: Path, jobs: int) -> ProcessPoolExecutor:
    """Processes that begin as copies of this one where that is safe, and afresh elsewhere.

    A copy has the model and every package already. It is not safe where a system library has
    threads of its own: on macOS, and beside a sentence encoder.
    """
    opening: Callable[[], RowClassifier]
    alone = threading.active_count() == 1 and classifier.bundle.model.second is None
    if sys.platform == "linux" and alone:
        import scipy.sparse  # noqa: F401  # loaded once, before copies are made

        how, opening = "fork", lambda: classifier
    else:
        how = "spawn"
        opening = partial(_opened, str(folder), classifier.bundle.sha256, classifier.options)
    context = multiprocessing.get_context(how)
    return ProcessPoolExecutor(jobs, context, _begin, (opening,))


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until a process has started; those that start leave it to this one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_classifier_here: Callable[[], RowClassifier]


def _begin(opening: Callable[[], RowClassifier]) -> None:
    """First thing in a process."""
    global _classifier_here
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _classifier_here = opening


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, however that came."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        signal.raise_signal(signal.SIGTERM)


def _classify(piece: bytes, layout: Layout) -> Answer:
    return _classifier_here().classify_piece(piece, layout)


@cache
def _opened(folder: str, sha256: str, options: StreamOptions) -> RowClassifier:
    from ccgmine.classify.bundle import load_bundle

    bundle = load_bundle(Path(folder))
    if bundle.sha256 != sha256:
        raise InputError(
            "the model was changed while it was in use", where=folder, remedy="Run again."
        )
    return RowClassifier(bundle, options)
