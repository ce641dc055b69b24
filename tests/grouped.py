"""Who runs which test next: as pytest-xdist's `loadgroup`, which keeps groups together and begins with the largest."""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController


class Forgetful(LoadGroupScheduling):
    """What a process has finished is not counted again: it would be, several times after each of six thousand tests."""

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        super().mark_test_complete(node, item_index, duration)
        work = self.assigned_work[node]
        scope = self._split_scope(self.registered_collections[node][item_index])
        if all(work[scope].values()):
            del work[scope]
