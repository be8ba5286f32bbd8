"""Orders to backfills, wherever they are driven: here, in another process, or nowhere at the moment."""

from __future__ import annotations

import time
from collections.abc import Iterable

from rivers_core.driving import CODE_CHANGED, Driving
from rivers_core.exceptions import CodeChangedError, ConfigurationError, ExecutionError
from rivers_core.records import BackfillRecord
from rivers_core.states import BackfillState
from rivers_core.storage.control_store import ControlKind, ControlRequest
from rivers_core.storage.lease import is_alive
from rivers_core.storage.stores import Stores
from rivers_core.workplace import Workplace

_OBEY_SECONDS = 1.0
_POLL_SECONDS = 0.02
MOST_CONCURRENCY = 1_024


class Steering:
    """Each call gives an order and waits a moment for it to show; the record is as it stands then.

    Raises UnknownBackfillError, and ExecutionError where the backfill's state does not allow the order.
    """

    def __init__(self, stores: Stores, driving: Driving, workplace: Workplace) -> None:
        self._stores = stores
        self._driving = driving
        self._workplace = workplace

    def cancel(self, backfill_id: str) -> BackfillRecord:
        """Queued runs never start, running ones are stopped; it ends CANCELED once they have."""
        record = self._under_way(backfill_id, "cancel")
        driven = self._driving.driven(backfill_id)
        if driven is not None:
            driven.control.cancel()
            driven.control.wait_until_obeyed(_OBEY_SECONDS)
        elif self._is_elsewhere(backfill_id):
            return self._ask(record, ControlKind.CANCEL)
        else:
            return self._stores.backfills.finish(backfill_id, BackfillState.CANCELED)
        return self._stores.backfills.record(backfill_id)

    def pause(self, backfill_id: str) -> BackfillRecord:
        """Nothing new starts; what runs is finished."""
        record = self._under_way(backfill_id, "pause")
        if record.state not in (BackfillState.REQUESTED, BackfillState.IN_PROGRESS):
            raise ExecutionError(f"The backfill {backfill_id} is {_said(record.state)}, so it cannot be paused.")
        driven = self._driving.driven(backfill_id)
        if driven is not None:
            driven.control.pause()
            driven.control.wait_until_obeyed(_OBEY_SECONDS)
        elif self._is_elsewhere(backfill_id):
            return self._ask(record, ControlKind.PAUSE)
        else:
            return self._stores.backfills.change_state(backfill_id, BackfillState.PAUSED)
        return self._stores.backfills.record(backfill_id)

    def resume(self, backfill_id: str, *, accept_new_code: bool) -> bool:
        """Go on; True when nobody drives it, so that somebody has to run it.

        CodeChangedError when the code is not what the backfill was planned for and that is not accepted.
        """
        record = self._under_way(backfill_id, "resume")
        if record.state not in (BackfillState.PAUSED, BackfillState.INTERRUPTED):
            raise ExecutionError(f"The backfill {backfill_id} is {_said(record.state)}; there is nothing to resume.")
        new_code = self._check_code(record, accept=accept_new_code)
        driven = self._driving.driven(backfill_id)
        if driven is not None:
            driven.control.resume(with_new_code=new_code)
            driven.control.wait_until_obeyed(_OBEY_SECONDS)
            return False
        if self._is_elsewhere(backfill_id):
            self._ask(record, ControlKind.RESUME)
            return False
        self._stores.backfills.change_state(backfill_id, BackfillState.IN_PROGRESS)
        return True

    def set_max_concurrency(self, backfill_id: str, runs: int) -> BackfillRecord:
        """How many of its runs may be out at a time from now on."""
        if not 1 <= runs <= MOST_CONCURRENCY:
            raise ConfigurationError(f"A backfill has 1 to {MOST_CONCURRENCY:,} runs at a time, not {runs:,}.")
        self._under_way(backfill_id, "change")
        record = self._stores.backfills.set_max_concurrency(backfill_id, runs)
        driven = self._driving.driven(backfill_id)
        if driven is not None:
            driven.control.set_max_concurrency(runs)
        elif self._is_elsewhere(backfill_id):
            self._stores.control.request(backfill_id, ControlKind.MAX_CONCURRENCY, runs)
        return record

    def obey(self, requests: Iterable[ControlRequest]) -> None:
        """Carry out what other processes asked of the backfills that are driven here."""
        done = []
        for request in requests:
            driven = self._driving.driven(request.backfill_id)
            if driven is None:
                continue
            done.append(request.request_id)
            match request.kind:
                case ControlKind.CANCEL:
                    driven.control.cancel()
                case ControlKind.PAUSE:
                    driven.control.pause()
                case ControlKind.RESUME:
                    present = self._workplace.spec().code_fingerprint
                    new_code = self._driving.accept_code(request.backfill_id, present)
                    driven.control.resume(with_new_code=new_code)
                case ControlKind.MAX_CONCURRENCY:
                    driven.control.set_max_concurrency(request.value or 1)
        if done:
            self._stores.control.done(done)

    def _under_way(self, backfill_id: str, what: str) -> BackfillRecord:
        record = self._stores.backfills.record(backfill_id)
        if record.state.is_final:
            raise ExecutionError(f"The backfill {backfill_id} has ended ({record.state}); there is nothing to {what}.")
        return record

    def _check_code(self, record: BackfillRecord, *, accept: bool) -> bool:
        """Whether the runs that are left here will run with other code than was planned."""
        planned = self._driving.accepted_code(record)
        present = self._workplace.spec().code_fingerprint
        if not planned or not present or planned == present:
            return False
        if not accept:
            raise CodeChangedError(CODE_CHANGED)
        return self._driving.accept_code(record.backfill_id, present)

    def _is_elsewhere(self, backfill_id: str) -> bool:
        """Whether another process that lives drives the backfill."""
        holder = self._stores.control.holder(backfill_id)
        return holder is not None and not holder.is_same_process(self._driving.holder) and is_alive(holder)

    def _ask(self, before: BackfillRecord, kind: ControlKind) -> BackfillRecord:
        """Ask the process that drives it, and wait a moment until that shows."""
        self._stores.control.request(before.backfill_id, kind)
        end = time.monotonic() + _OBEY_SECONDS
        while True:
            record = self._stores.backfills.record(before.backfill_id)
            if record.state is not before.state or time.monotonic() > end:
                return record
            time.sleep(_POLL_SECONDS)


def _said(state: BackfillState) -> str:
    return state.replace("_", " ")
