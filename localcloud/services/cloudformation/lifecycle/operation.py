"""One operation on a stack, from the call to the last clean-up."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection
from dataclasses import replace

from localcloud.services.cloudformation.engine import Engine, Running
from localcloud.services.cloudformation.errors import TemplateError
from localcloud.services.cloudformation.lifecycle.deletion import Item
from localcloud.services.cloudformation.lifecycle.phases import (
    CLEANUP_ATTEMPTS,
    apply,
    delete,
    item_of,
    leftover_items,
    resolve_outputs,
)
from localcloud.services.cloudformation.lifecycle.reasons import exports_in_use, listed, problem_of
from localcloud.services.cloudformation.lifecycle.steps import Steps
from localcloud.services.cloudformation.stacks import Cause, Settings, Stable, Stack
from localcloud.services.cloudformation.work import Work

_LOG = logging.getLogger(__name__)

USER = "User Initiated"
STABLE_STATUSES = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)


class Operation:
    """A running operation. Each method that begins one returns at once, and a thread goes on with the work.

    Args:
        token: The ClientRequestToken that every event of the operation carries.
        part_of_parent: Whether the parent stack decides what follows a failure, and when the clean-up may
            begin.
    """

    def __init__(
        self, engine: Engine, stack: Stack, token: str | None = None, *, part_of_parent: bool = False
    ) -> None:
        if engine.site.dialect.stack_read_lag and not stack.past:
            stack.remember(engine.clock.time())
        self.engine = engine
        self.stack = stack
        self.part_of_parent = part_of_parent
        self.cause = Cause(str(uuid.uuid4()), token)
        self.ended = False
        self.work = Work(engine.clock, engine.changed)
        self._previous: Running | None = None
        self._applying = False
        self._superseded = False
        self._cancelled_by_user = False

    # --- what can be asked for ------------------------------------------------------------------------------

    def create(self, settings: Settings) -> None:
        """Create the stack."""
        self.stack.settings = settings
        self._begin("CREATE_IN_PROGRESS", USER, lambda: self._create(settings))

    def update(self, settings: Settings) -> None:
        """Update the stack."""
        stack = self.stack
        if stack.status in STABLE_STATUSES:
            kept = {name: replace(resource) for name, resource in stack.resources.items()}
            stack.stable = Stable(stack.settings, kept, stack.outputs)
        stack.settings = settings
        stack.updated = self.engine.clock.now()
        self._begin("UPDATE_IN_PROGRESS", USER, lambda: self._update(settings))

    def roll_back(self, skip: Collection[str] = ()) -> None:
        """Go back from a failed create or update, to nothing or to how the stack was."""
        if self.stack.stable is None:
            self._begin("ROLLBACK_IN_PROGRESS", USER, self._roll_back_create)
        else:
            self._begin("UPDATE_ROLLBACK_IN_PROGRESS", USER, lambda: self._roll_back_update(skip))

    def finish_update(self) -> None:
        """Begin the clean-up that an update as part of the parent has held back."""
        self._begin(None, None, lambda: self._clean_up("UPDATE_COMPLETE"))

    def delete(self, retain: Collection[str] = (), *, force: bool = False) -> None:
        """Delete the stack. An operation that is creating it gives way, any other is waited for.

        Args:
            retain: The logical ids of the resources that are left alone.
            force: Leave resources alone that cannot be deleted.
        """
        with self.engine.changed:
            previous = self.engine.operations.get(self.stack.stack_id)
            self._previous = previous
            if previous is not None and not previous.give_way():
                self._begin(None, None, lambda: self._delete(retain, force=force, announce=True))
                return
        self._begin("DELETE_IN_PROGRESS", USER, lambda: self._delete(retain, force=force, announce=False))

    def cancel_update(self, token: str | None = None) -> bool:
        """Stop going forward and go back. False if it is past that."""
        with self.engine.changed:
            if self._applying:
                self._cancelled_by_user = True
                self.cause = replace(self.cause, token=token or self.cause.token)
                self._status("UPDATE_ROLLBACK_IN_PROGRESS", USER)
                self.work.cancel()
            return self._applying

    def give_way(self) -> bool:
        """Stop going forward and leave the rest to the caller. False if it is past that."""
        with self.engine.changed:
            if self._applying:
                self._superseded = True
                self.work.cancel()
            return self._applying

    # --- the courses of events ------------------------------------------------------------------------------

    def _create(self, settings: Settings) -> None:
        limit = self.stack.timeout_minutes
        problem = self._apply(settings, None if limit is None else limit * 60.0)
        if self._superseded:
            return
        if problem is None:
            self._status("CREATE_COMPLETE")
        elif self.stack.disable_rollback or self.part_of_parent:
            self._status("CREATE_FAILED", problem)
        else:
            self._status("ROLLBACK_IN_PROGRESS", f"{problem}Rollback requested by user.")
            self._roll_back_create()

    def _update(self, settings: Settings) -> None:
        problem = self._apply(settings)
        if self._superseded:
            return
        if self._cancelled_by_user:
            self._roll_back_update(())
        elif problem is None:
            if self.part_of_parent:
                self._status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            else:
                self._clean_up("UPDATE_COMPLETE")
        elif self.stack.disable_rollback or self.part_of_parent:
            self._take_back_failed_updates()
            self._status("UPDATE_FAILED", problem)
        elif self.stack.stable is None:
            self._status("ROLLBACK_IN_PROGRESS", f"{problem}Rollback requested by user.")
            self._roll_back_create()
        else:
            self._status("UPDATE_ROLLBACK_IN_PROGRESS", problem)
            self._roll_back_update(())

    def _take_back_failed_updates(self) -> None:
        """Update those resources back whose update failed, if the dialect says so.

        The stack itself is not rolled back.
        """
        stack, status = self.stack, self.engine.site.dialect.failed_update_goes_back
        if status == "never" or stack.stable is None or self.part_of_parent:
            return
        if stack.status != status:
            self._status(status)
        steps = self._steps(stack.stable.settings, rolling_back=True)
        failed = [resource for resource in stack.resources.values() if resource.status == "UPDATE_FAILED"]
        definitions = steps.scope.active_resources()
        needs = {each.logical_id: frozenset[str]() for each in failed if each.logical_id in definitions}
        steps.work.run(
            needs, lambda name: steps.update(definitions[name], stack.resources[name]), stop_on_failure=False
        )

    def _clean_up(self, final_status: str) -> None:
        stack = self.stack
        steps = self._steps(stack.settings)
        status = f"{final_status}_CLEANUP_IN_PROGRESS"
        if final_status == "UPDATE_ROLLBACK_COMPLETE":
            status = self.engine.site.dialect.new_is_deleted_in
        if stack.status != status:
            self._status(status)
        wanted = steps.scope.active_resources().keys()
        going_back = final_status == "UPDATE_ROLLBACK_COMPLETE"
        unwanted = [resource for name, resource in stack.resources.items() if name not in wanted]
        items = [item_of(resource, created_now=going_back) for resource in unwanted] + leftover_items(stack)
        for name in wanted:
            steps.clean_up(stack.resources[name])
        outcome = delete(steps, items, attempts=CLEANUP_ATTEMPTS)
        with self.engine.changed:
            for resource in unwanted:
                del stack.resources[resource.logical_id]
            stack.leftovers.clear()
            stack.stable = None
        reason = "Update successful. One or more resources could not be deleted." if outcome.failed else None
        self._status(final_status, reason)

    def _roll_back_create(self) -> None:
        stack = self.stack
        outcome = delete(
            self._steps(stack.settings, rolling_back=True),
            [item_of(resource, created_now=True) for resource in stack.resources.values()]
            + leftover_items(stack),
        )
        if outcome.failed:
            self._status("ROLLBACK_FAILED", listed("delete", outcome.failed))
        else:
            stack.leftovers.clear()
            stack.outputs = ()
            self._status("ROLLBACK_COMPLETE")

    def _roll_back_update(self, skip: Collection[str]) -> None:
        stack = self.stack
        stable = stack.stable
        assert stable is not None
        steps = self._steps(stable.settings, rolling_back=True, skip=skip)
        outcome = apply(steps, stop_on_failure=False)
        if outcome.failed:
            self._status("UPDATE_ROLLBACK_FAILED", listed("update", outcome.failed))
            return
        stack.settings = stable.settings
        try:
            stack.outputs = resolve_outputs(steps)
        except TemplateError:
            # An attribute that the way back did not bring back: what was shown before is the best there is.
            stack.outputs = stable.outputs
        self._clean_up("UPDATE_ROLLBACK_COMPLETE")

    def _delete(self, retain: Collection[str], *, force: bool, announce: bool) -> None:
        stack, previous = self.stack, self._previous
        if previous is not None:
            self.work.wait(lambda: previous.ended)
        if announce:
            if not stack.exists:
                return
            self._status("DELETE_IN_PROGRESS", USER)
        in_use = exports_in_use(self.engine, stack)
        if in_use is not None:
            self._status("DELETE_FAILED", in_use)
            return
        outcome = delete(self._steps(stack.settings), self._items(retain))
        if outcome.failed and force:
            # What is left depends on nothing that stays.
            kept = {*retain, *(name.split(" ")[0] for name in outcome.failed)}
            outcome = delete(self._steps(stack.settings), self._items(kept))
        if outcome.failed and not force:
            self._status("DELETE_FAILED", listed("delete", outcome.failed))
            return
        with self.engine.changed:
            stack.leftovers.clear()
            stack.outputs, stack.imports = (), set()
            stack.deleted = self.engine.clock.now()
            self._status("DELETE_COMPLETE")

    def _items(self, retain: Collection[str]) -> list[Item]:
        """The resources that a deletion meets."""
        return [
            item_of(resource, policy="Retain" if resource.logical_id in retain else None)
            for resource in self.stack.resources.values()
            if resource.physical is not None or not resource.status.startswith("DELETE_")
        ] + leftover_items(self.stack)

    # --- the pieces they are made of ------------------------------------------------------------------------

    def _apply(self, settings: Settings, time_limit: float | None = None) -> str | None:
        """Bring the stack to its settings. Return the reason if that fails."""
        stack = self.stack
        steps = self._steps(settings, fresh=False)
        going_on = stack.disable_rollback
        outcome = apply(steps, stop_on_failure=not going_on, time_limit=time_limit)
        with self.engine.changed:
            self._applying = False
        if outcome.failed or outcome.cancelled or self.work.cancelled.is_set():
            return problem_of(stack, outcome)
        try:
            stack.outputs = resolve_outputs(steps)
        except TemplateError as error:
            return f"{error} "
        return None

    def _steps(
        self,
        settings: Settings,
        *,
        rolling_back: bool = False,
        fresh: bool = True,
        skip: Collection[str] = (),
    ) -> Steps:
        """The steps of the next phase; what cancelled the phase before does not reach it."""
        if fresh:
            self.work = Work(self.engine.clock, self.engine.changed)
        return Steps(
            self.engine,
            self.stack,
            settings,
            self.work,
            self.cause,
            rolling_back=rolling_back,
            skip=skip,
        )

    def _begin(self, status: str | None, reason: str | None, course: Callable[[], None]) -> None:
        engine, stack = self.engine, self.stack
        with engine.changed:
            engine.operations[stack.stack_id] = self
            self._applying = status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
            if status is not None:
                self._status(status, reason)
        engine.clock.start_thread(self._run, course, name=f"cloudformation {stack.name}")

    def _run(self, course: Callable[[], None]) -> None:
        try:
            course()
        except Exception as error:  # noqa: BLE001 (a mistake of ours must not leave a stack in progress forever)
            _LOG.exception("an operation on %s failed in the local cloud itself", self.stack.name)
            self._fail(f"Internal Failure in the local cloud: {error!r}")
        finally:
            with self.engine.changed:
                self.ended = True
                if self.engine.operations.get(self.stack.stack_id) is self:
                    del self.engine.operations[self.stack.stack_id]
                self.engine.changed.notify_all()

    def _fail(self, reason: str) -> None:
        """End the operation as a failure, whatever it was doing: no stack stays in progress for good."""
        with self.engine.changed:
            self._applying = False
            # Unless another operation has taken over, or everything was reset.
            if self.stack.in_progress and self.engine.operations.get(self.stack.stack_id) is self:
                doing = self.stack.status.removesuffix("_IN_PROGRESS").removesuffix("_COMPLETE_CLEANUP")
                self._status(f"{doing}_FAILED", reason)

    def _status(self, status: str, reason: str | None = None) -> None:
        self.engine.set_status(self.stack, status, self.cause, reason)
