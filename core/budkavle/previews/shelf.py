"""A short-lived cache of previews, in memory only: the pictures of a page are requested one by one."""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from budkavle.previews.looking import Preview

KEPT_SECONDS: Final = 120.0
MOST_BYTES: Final = 16 << 20


class PreviewShelf:
    """Keeps previews for as long as a page takes to be shown; the caller has checked who may see them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._previews: OrderedDict[Hashable, tuple[float, Preview]] = OrderedDict()

    def find(self, key: Hashable) -> Preview | None:
        """Return a cached preview; None if there is none any more."""
        with self._lock:
            self._forget_old()
            kept = self._previews.get(key)
        return kept[1] if kept else None

    def keep(self, key: Hashable, preview: Preview) -> None:
        """Cache a preview; the oldest are removed if there are too many."""
        with self._lock:
            self._previews[key] = time.monotonic() + KEPT_SECONDS, preview
            self._previews.move_to_end(key)
            self._forget_old()
            while sum(kept.size for _, kept in self._previews.values()) > MOST_BYTES:
                self._previews.popitem(last=False)

    def _forget_old(self) -> None:
        now = time.monotonic()
        for key in [each for each, (until, _) in self._previews.items() if until < now]:
            del self._previews[key]
