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
from .replies import Placement, to_placements, to_record
from .slots import Slot, claim_slot, forget_slots, give_up_slot, slots_object

# Below every server's limit on WAIT that makes sense; also how often a long wait gives up pins left to the collector.
_WAIT_SLICE_S = 60.0


def milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))


class Link:
    def __init__(
        self, client: redis.Redis, owned: bool, address: str | None = None, node: str | None = None
    ) -> None:
        options = client.connection_pool.connection_kwargs
        if options.get("decode_responses"):
            raise ValueError("payloads are bytes: connect without decode_responses")
        self.redis = client
        # `host:port`, and the node's name, where they are known.
        self.address = address
        self.node = node
        self.tls = issubclass(client.connection_pool.connection_class, redis.SSLConnection)
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
            # redis-py's frames refer to the error, it to them and they to callers, whose arrays would wait for the collector.
            raise from_redis(error.with_traceback(None)) from None

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

    def flush(self) -> None:
        """Gives up pins left to the collector; when the node is gone, so that they end without being told of."""
        if not self.abandoned:
            return
        try:
            self._end_abandoned()
        except redis.RedisError:
            self.give_up()

    def give_up(self) -> None:
        """The node is gone, and another takes its place."""
        if self._slots_object is not None:
            forget_slots(self._slots_object)
        for _ in drained(self.abandoned):
            pass

    # For arrays and reservations

    def release(self, pin: str, delete: bool) -> None:
        try:
            self.call("FABRIC.RELEASE", pin, *(("DELETE",) if delete else ()))
        except (redis.ConnectionError, redis.TimeoutError):
            if delete:
                raise
            # Nothing is lost: the next call sends it.
            self.abandoned.append((os.getpid(), ("FABRIC.RELEASE", pin)))

    def renew(self, pin: str, seconds: float) -> None:
        self.call("FABRIC.RENEW", pin, milliseconds(seconds))

    def seal(self, xid: int) -> list[Placement]:
        return to_placements(self.call("FABRIC.SEAL", xid))

    def abort(self, xid: int) -> None:
        self.call("FABRIC.ABORT", xid)

    def _slot(self) -> Slot | None:
        """This process's slot at the node; None where its objects are out of reach."""
        if self._elsewhere:
            return None
        if self._slots_object is None:
            # The node asked comes first, before others of its cluster.
            which = () if self.node is None else (self.node,)
            segments = self.call("FABRIC.SEGMENTS", *which)
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
