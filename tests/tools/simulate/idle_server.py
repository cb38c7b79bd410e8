"""A server in which nobody waits, for processes that take turns."""


class IdleServer:
    """A server in which nobody waits for a lock, unless it is told who waits for whom."""

    def __init__(self, waiting: dict[int, list[int]] | None = None) -> None:
        self.waiting = waiting or {}
        self.calls: list[tuple[str, int]] = []

    def blockers(self, pid: int) -> list[int]:
        return self.waiting.get(pid, [])

    def halt(self, pid: int) -> None:
        self.calls.append(("halt", pid))

    def go_on(self, pid: int) -> None:
        self.calls.append(("go on", pid))

    def cancel(self, pid: int) -> None:
        self.calls.append(("cancel", pid))
        self.waiting.pop(pid)

    def tell_time(self, seconds: float) -> None:
        """Nobody asks."""
