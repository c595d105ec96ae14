"""Commands to a node over redis-py: errors as ours, waits in slices, and the end of what was left to the collector."""

from __future__ import annotations

import contextlib
import math
import os
import time
from typing import Any

import redis

from .errors import FabricError, from_redis
from .pins import drained, new_abandoned
from .replies import to_record
from .slots import Slot, claim_slot, give_up_slot, slots_object

# Below every server's limit on WAIT that makes sense; also how often a long wait gives up pins left to the collector.
_WAIT_SLICE_S = 60.0


def milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))


class Link:
    def __init__(self, client: redis.Redis, owned: bool) -> None:
        options = client.connection_pool.connection_kwargs
        if options.get("decode_responses"):
            raise ValueError("payloads are bytes: connect without decode_responses")
        self.redis = client
        self.abandoned = new_abandoned()
        self._owned = owned
        self._wait_slice_s = _wait_slice(options.get("socket_timeout"))
        self._slots_object: str | None = None
        self._elsewhere = False

    def call(self, *command: Any) -> Any:
        if self.abandoned:
            self._end_abandoned()
        try:
            # Untyped in some versions of redis-py.
            execute: Any = self.redis.execute_command
            return execute(*command)
        except redis.ResponseError as error:
            raise from_redis(error) from None

    def call_waiting(self, wait: float | None, command: tuple[Any, ...], options: tuple[Any, ...] = ()) -> Any:
        """The first reply that is not None, for at most `wait` seconds."""
        if wait is None or wait <= 0:
            return self.call(*command, *options)
        deadline = time.monotonic() + wait
        while True:
            left = deadline - time.monotonic()
            reply = self.call(*command, "WAIT", milliseconds(min(left, self._wait_slice_s)), *options)
            if reply is not None or left <= self._wait_slice_s:
                return reply

    def call_holding(
        self, command: tuple[Any, ...], lease: float | None, wait: float | None = None
    ) -> tuple[Any, Slot | None]:
        """For what must be kept alive, by a lease, by this process's slot (returned then), else by the connection."""
        if lease is not None:
            return self.call_waiting(wait, command, ("LEASE", milliseconds(lease))), None
        slot = self._slot()
        if slot is None:
            return self.call_waiting(wait, command), None
        try:
            return self.call_waiting(wait, command, ("SLOT", slot.index)), slot
        except FabricError as error:
            if error.code != "ERR":
                raise
        except BaseException:
            # The connection was lost, or the call interrupted: the node may have done it nevertheless.
            give_up_slot(slot)
            raise
        reply = self.call_waiting(wait, command)
        # That was the slot's fault: it is another machine's node, and one of the same name is here.
        self._elsewhere = True
        return reply, None

    def close(self) -> None:
        if self.abandoned:
            # A node that is away ends them when this process ends.
            with contextlib.suppress(redis.RedisError):
                self._end_abandoned()
        if self._owned:
            self.redis.connection_pool.disconnect()

    def _slot(self) -> Slot | None:
        """This process's slot at the node; None where its objects are out of reach."""
        if self._elsewhere:
            return None
        if self._slots_object is None:
            segments = self.call("FABRIC.SEGMENTS")
            if not segments:
                return None
            self._slots_object = slots_object(to_record(segments[0])["shared_id"])
        return claim_slot(self._slots_object)

    def _end_abandoned(self) -> None:
        commands = [item for item in drained(self.abandoned) if item[0] == os.getpid()]
        pipeline: Any = self.redis.pipeline(transaction=False)
        for _, command in commands:
            pipeline.execute_command(*command)
        try:
            # What has ended by itself meanwhile is an error here, and as good.
            pipeline.execute(raise_on_error=False)
        except redis.RedisError:
            self.abandoned.extend(commands)
            raise


def _wait_slice(socket_timeout: float | None) -> float:
    return _WAIT_SLICE_S if socket_timeout is None else min(_WAIT_SLICE_S, socket_timeout / 2)
