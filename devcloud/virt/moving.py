# SPDX-License-Identifier: Apache-2.0
"""One running live migration: follows the copy until it ends, as the monitor of the libvirt driver does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from nova import exception
from oslo_log import log as logging

from devcloud.virt.copying import Copy, CopyClock, Figures
from devcloud.virt.hold import is_held, wait_while_held
from devcloud.virt.knobs import Knobs

LOG = logging.getLogger(__name__)
_STEP = 0.25
_FLIP_SECONDS = 1.0


@dataclass
class Moving:
    """The copy of one instance, and the requests for it meanwhile."""

    instance: object
    migrate_data: object
    copy: Copy
    aborted: bool = False
    forced: bool = False
    _news: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def of(cls, instance, migrate_data) -> Moving:
        return cls(instance, migrate_data, Copy(Knobs.of(instance), migrate_data.block_migration))

    def abort(self) -> None:
        self.aborted = True
        self._news.set()

    def force(self) -> None:
        self.forced = True
        self._news.set()

    def run(self, finish: Callable[[], None], recover: Callable[[str], None]) -> None:
        """Copy, then call one of the two functions.  With the knob `sim_flip`, raise an error after a failure."""
        problem, status = self._follow()
        if not status:
            self._post_copy()
            finish()
            return
        LOG.error("Live migration ended: %s", problem, instance=self.instance)
        recover(status)
        if self.copy.knobs.flip:
            # Nova 34 waits for libvirt's thread after the rollback, and raises the error with which the thread ended.
            time.sleep(_FLIP_SECONDS)
            wait_while_held(self.instance, status)
            raise exception.MigrationError(reason=problem)

    def _follow(self) -> tuple[str, str]:
        """Wait until the copy ends.  Return the error and the resulting status."""
        interval = self.copy.knobs.interval
        start = time.monotonic() + min(1.0, self.copy.seconds / 5)  # until then, the record has no progress
        next_save = 0.0
        clock = CopyClock(start)
        while True:
            now = clock.read(time.monotonic())
            if self.aborted:
                return "operation aborted: migration out job: canceled by client", "cancelled"
            if self.copy.fails(now):
                return self.copy.knobs.fail, "failed"
            complete = self.copy.done(now) or (self.forced and self.copy.knobs.post_copy)
            if complete and not is_held(self.instance, "running"):
                return "", ""
            if self.forced:
                self.copy.force(now)
            if now >= next_save:
                # Nothing is recorded before the first interval is over.
                self._save(self.copy.figures(now) if next_save > 0 else Figures())
                next_save += interval
            self._news.wait(_STEP if interval > _STEP else interval or _STEP)
            self._news.clear()

    def _save(self, figures: Figures) -> None:
        migration = self.migrate_data.migration
        for name, value in vars(figures).items():
            setattr(migration, name, value)
        migration.save()
        self.instance.progress = figures.progress
        self.instance.save()

    def _post_copy(self) -> None:
        """The guest already runs on the destination; its remaining pages follow on demand."""
        if self.copy.knobs.post_copy:
            self.migrate_data.migration.status = "running (post-copy)"
            self.migrate_data.migration.save()
            time.sleep(self.copy.knobs.pause_finish)
            wait_while_held(self.instance, self.migrate_data.migration.status)
