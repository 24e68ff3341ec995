"""A peer in a process of its own: what one framework does to threads and memory, or a crash of it,
reaches no other."""
import importlib
import multiprocessing
import sys

LIMIT = 1200  # seconds for one answer


def say(text):
    """What goes on, to stderr."""
    print(text, file=sys.stderr, flush=True)


class PeerFailure(Exception):
    """The peer cannot do this; one sentence why. Fatal: nor anything else."""

    def __init__(self, sentence, fatal=False):
        super().__init__(sentence)
        self.fatal = fatal


class PeerProcess:
    """Calls methods of `module`.Peer(settings) in another process; arguments and results travel
    pickled."""

    def __init__(self, module, settings, limit=LIMIT):
        context = multiprocessing.get_context("spawn")
        self._limit = limit
        self._connection, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, module, settings), daemon=True)
        self._process.start()
        other.close()
        self._answer()

    def call(self, method, *arguments):
        try:
            self._connection.send((method, arguments))
        except OSError:
            raise PeerFailure("its process has ended", fatal=True) from None
        return self._answer()

    def close(self):
        self._connection.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()

    def _answer(self):
        if not self._connection.poll(self._limit):
            self._process.kill()
            raise PeerFailure(f"no answer within {self._limit} s", fatal=True)
        try:
            sound, value = self._connection.recv()
        except (EOFError, ConnectionError):
            self._process.join(10)
            raise PeerFailure(f"its process ended with {self._process.exitcode}",
                              fatal=True) from None
        if not sound:
            raise PeerFailure(value)
        return value


def _serve(connection, module, settings):
    peer = _attempt(connection, lambda: importlib.import_module(module).Peer(settings))
    while peer is not None:
        try:
            method, arguments = connection.recv()
        except (EOFError, KeyboardInterrupt):
            return
        _attempt(connection, lambda: getattr(peer, method)(*arguments), answers=True)


def _attempt(connection, work, answers=False):
    """Runs `work` and sends its result, or the first line of what went wrong."""
    try:
        value = work()
        connection.send((True, value if answers else None))
        return value
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        connection.send((False, f"{type(error).__name__}: {lines[0]}"[:200]))
        return None
