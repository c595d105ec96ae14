"""The verbs."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from multiprocessing.shared_memory import SharedMemory
from typing import Any, List  # `list` is a verb here

import redis

from .array import FabricArray
from .datashape import as_payload
from .errors import make_error
from .link import Link
from .reading import attach, copy_out
from .replies import Name, Placement, to_bytes, to_placements, to_plain, to_record, to_text
from .reservation import Reservation
from .route import NodeLostError, Route, fixed_route
from .segments import object_path
from .writing import Draft, insert_in_place, reserve, typed

# From here on `insert` writes in place instead of sending bytes through a socket.
_IN_PLACE_BYTES_MIN = 1 << 20
# Names asked for at a time while listing.
_LIST_COUNT = 1000

Words = tuple[Any, ...]


def _words(keyword: str, value: Any | None) -> Words:
    return () if value is None else (keyword, value)


def _present(*values: str | None) -> Words:
    return tuple(value for value in values if value is not None)


def _flag(keyword: str, wanted: bool) -> Words:
    return (keyword,) if wanted else ()


class Fabric:
    """A node, or its cluster. Names are `str` or `bytes`, times seconds, sizes bytes; safe to use from several threads.

    Errors of the server are `FabricError`s with a `code`. With several addresses another node is asked when one is gone;
    what changes something raises NodeLostError then, unless it never was sent, or just those bytes are there.
    """

    def __init__(self, client: redis.Redis | Route, owns_redis: bool = False) -> None:
        self._route = client if isinstance(client, Route) else fixed_route(Link(client, owns_redis))

    @property
    def redis(self) -> redis.Redis:
        """For every other command: the node that is asked now. With several addresses it changes with that."""
        return self._link.redis

    @property
    def _link(self) -> Link:
        return self._route.home

    def _read(self, *command: Any) -> Any:
        return self._route.read(lambda link: link.call(*command))

    def _write(self, *command: Any) -> Any:
        return self._route.write(lambda link: link.call(*command))

    # Segments and nodes

    def alloc(self, megabytes: int, node: str | None = None) -> List[tuple[str, str]]:
        """New segments, `megabytes` MiB together: their (node, shared_id)."""
        reply = self._write("FABRIC.ALLOC", megabytes, *_words("NODE", node))
        return [(name, shared_id) for name, shared_id in to_plain(reply)]

    def dealloc(self, node: str, shared_id: str, move: bool = False) -> None:
        """Gives a segment back; InUseError while it holds variables, unless they can `move` elsewhere."""
        self._write("FABRIC.DEALLOC", node, shared_id, *_flag("MOVE", move))

    def segments(self, node: str | None = None) -> List[dict[str, Any]]:
        return [to_record(item) for item in self._read("FABRIC.SEGMENTS", *_present(node))]

    def nodes(self) -> List[dict[str, Any]]:
        return [to_record(item) for item in self._read("FABRIC.NODES")]

    def defrag(self, node: str | None = None, shared_id: str | None = None) -> dict[str, Any]:
        """Moves variables together, so that free space is in one piece; pinned ones stay."""
        return to_record(self._write("FABRIC.DEFRAG", *_present(node, shared_id)))

    # Ways in

    def insert(
        self,
        name: Name,
        data: Any,
        type: str | None = None,
        *,
        documentation: str = "",
        replace: bool = False,
        node: str | None = None,
        place: str | None = None,
        replicas: int | None = None,
    ) -> List[Placement]:
        """Stores an array, bytes or a `str`; returns where it lies. ExistsError unless `replace`.

        Without a `type` an array's dtype and shape make one. Big payloads are copied once, straight into the segment.
        """
        payload, type = as_payload(data, type)
        key = to_bytes(name)
        options = (*_words("NODE", node), *_flag("REPLACE", replace))
        in_place = payload.nbytes >= _IN_PLACE_BYTES_MIN and node is None and place is None and replicas is None
        sent = (*options, *_words("PLACE", place), *_words("REPLICAS", replicas), "BYTES", payload)

        def insert_by(link: Link) -> List[Placement]:
            if in_place:
                placements = insert_in_place(link, Draft(key, documentation, type, options), payload)
                if placements is not None:
                    return placements
            return to_placements(link.call("FABRIC.INSERT", key, documentation, type, *sent))

        try:
            return self._route.write(insert_by)
        except NodeLostError:
            made = self._made(key, payload)
            if made is None:
                raise
            return made

    def _made(self, key: bytes, payload: memoryview) -> List[Placement] | None:
        """Where those very bytes lie under that name: as good as one's own write, whoever made it."""
        with contextlib.suppress(redis.RedisError), self.attach(key) as array:
            if array.nbytes == payload.nbytes and array.tobytes() == payload.tobytes():
                return self.locate(key)
        return None

    def insert_file(
        self,
        name: Name,
        path: str | os.PathLike[str],
        type: str = "bytes",
        *,
        offset: int = 0,
        length: int | None = None,
        documentation: str = "",
        replace: bool = False,
        node: str | None = None,
    ) -> List[Placement]:
        """The server reads the file itself, which must lie below its `source_roots`."""
        path = os.path.abspath(path)
        if length is None and offset > 0:
            length = os.stat(path).st_size - offset
        source = ("FILE", path) if length is None else ("FILE", path, offset, length)
        return self._insert(name, documentation, type, (*_words("NODE", node), *_flag("REPLACE", replace)), source)

    def insert_shm(
        self,
        name: Name,
        shm: str | SharedMemory,
        type: str = "bytes",
        *,
        offset: int = 0,
        length: int | None = None,
        documentation: str = "",
        replace: bool = False,
        node: str | None = None,
    ) -> List[Placement]:
        """The server copies from another shared-memory object, whose name must begin as `shm_source_prefixes` say."""
        object_name = "/" + (shm if isinstance(shm, str) else shm.name).lstrip("/")
        if length is None:
            length = os.stat(object_path(object_name)).st_size - offset
        options = (*_words("NODE", node), *_flag("REPLACE", replace))
        return self._insert(name, documentation, type, options, ("SHM", object_name, offset, length))

    def reserve(
        self,
        name: Name,
        type: Any,
        shape: Sequence[int] = (),
        *,
        length: int | None = None,
        documentation: str = "",
        replace: bool = False,
        lease: float | None = None,
        node: str | None = None,
    ) -> Reservation:
        """A variable to write in place. `type` is a datashape, or a dtype with a `shape`; some need a `length`.

        It is given up when this process ends without having sealed it; with `lease`, after so many seconds.
        """
        type_text, dtype = typed(type, shape)
        options = (*_words("LENGTH", length), *_words("NODE", node), *_flag("REPLACE", replace))
        draft = Draft(to_bytes(name), documentation, type_text, options)
        reservation = self._route.write(lambda link: reserve(link, draft, dtype, shape, lease))
        if reservation is None:
            raise make_error("REMOTE the segment is out of this process's reach: insert() sends the bytes instead")
        return reservation

    # Ways out

    def attach(self, name: Name, wait: float | None = None, lease: float | None = None) -> FabricArray:
        """The variable as a read-only array, pinned; not copied where the node's segments are in reach.

        NotFoundError when there is none within `wait` seconds (`math.inf`: for ever). The pin lasts until its release,
        at most as long as this process; with `lease`, so many seconds.
        """
        return attach(self._route, to_bytes(name), wait, lease)

    def get(self, name: Name, wait: float | None = None) -> Any:
        """A copy: `bytes` and `str` for those types, else a writable ndarray. NotFoundError as `attach`."""
        with self.attach(name, wait) as array:
            return copy_out(array)

    def locate(self, name: Name) -> List[Placement] | None:
        """Where the variable lies, not pinned; None when there is none."""
        return self.wait(name, 0)

    def wait(self, name: Name, seconds: float) -> List[Placement] | None:
        """As `locate`, as soon as the variable is sealed; None when that takes longer than `seconds`."""
        deadline = time.monotonic() + seconds
        command = ("FABRIC.LOCATE", to_bytes(name))
        reply = self._route.read(lambda link: link.call_waiting(deadline - time.monotonic(), command))
        return None if reply is None else to_placements(reply)

    def info(self, name: Name | None = None, *, xid: int | None = None) -> dict[str, Any] | None:
        """All that is known of a variable, by name or by `xid`; None when there is none."""
        if (name is None) == (xid is None):
            raise TypeError("info() takes a name or an xid")
        which = _words("ID", xid) if name is None else (to_bytes(name),)
        reply = self._read("FABRIC.INFO", *which)
        return None if reply is None else to_record(reply)

    def list(self, match: Name | None = None) -> Iterator[str]:
        """Names that `match` a glob pattern; those that are there all the while are seen."""
        pattern = _words("MATCH", None if match is None else to_bytes(match))
        cursor: Any = 0
        while True:
            cursor, names = self._read("FABRIC.LIST", "CURSOR", cursor, *pattern, "COUNT", _LIST_COUNT)
            yield from map(to_text, names)
            if int(cursor) == 0:
                return

    def delete(self, *names: Name) -> int:
        """Takes names away at once, their memory when the last pin goes; returns how many there were."""
        return int(self._write("FABRIC.DELETE", *map(to_bytes, names))) if names else 0

    def close(self) -> None:
        """Closes the connections made by `connect()`. Arrays stay valid, and pinned until they are released."""
        for link in self._route.links():
            link.close()

    def __enter__(self) -> Fabric:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _insert(self, name: Name, documentation: str, type: str, options: Words, source: Words) -> List[Placement]:
        return to_placements(self._write("FABRIC.INSERT", to_bytes(name), documentation, type, *options, *source))
