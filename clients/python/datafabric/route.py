"""Which node is asked: one for ever, or of several the one on this host, and another when that is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import redis

from .link import Link
from .replies import to_record
from .segments import in_reach

T = TypeVar("T")

# How old may be what is known of the nodes when it doesn't tell what one wants to hear.
_TOPOLOGY_AGE_MAX_S = 2.0
# Between looks for a node on this host while another is asked.
_LOOK_S = 5.0
CONNECT_TIMEOUT_S = 3.0


class KnownNode(NamedTuple):
    node: str
    # Where it speaks as the node does that was asked: with TLS, or without.
    address: str
    # This process can open its segments: they are the very ones, not others of the same name.
    here: bool


class NodeLostError(redis.ConnectionError):
    """No node answers, or the one that was asked to change something is gone: whether it did is not known."""


class Route:
    """With one address, or a `redis.Redis`, that node; redis-py connects again. Safe to use from several threads."""

    def __init__(self, addresses: Sequence[str], open_link: Callable[[str], Link], fixed: Link | None = None) -> None:
        self._addresses = list(addresses)
        self._open_link = open_link
        self._fixed = fixed
        self._home: Link | None = fixed
        self._nodes: list[KnownNode] = []
        self._asked = self._looked = float("-inf")
        self._others: dict[str, Link] = {}

    @property
    def home(self) -> Link:
        home = self._home
        if home is None:
            return self._select()
        if self._fixed is None:
            self._look_around(home)
        return self._home or home

    def read(self, work: Callable[[Link], T]) -> T:
        """Asked of another node when one is lost before it has answered."""
        return self._attempt(work, lambda _: True)

    def write(self, work: Callable[[Link], T]) -> T:
        """Asked of another node when it never was sent to the one that is lost."""
        return self._attempt(work, _not_sent)

    def _attempt(self, work: Callable[[Link], T], again: Callable[[BaseException], bool]) -> T:
        for other in list(self._others.values()):
            other.flush()
        if self._fixed is not None:
            return work(self._fixed)
        left = len(self._candidates())
        while True:
            home = self.home
            try:
                return work(home)
            except (redis.ConnectionError, redis.TimeoutError) as error:
                if isinstance(error, NodeLostError):
                    raise
                home.give_up()
                if self._home is home:
                    self._home = None
                if left <= 0 or not again(error):
                    raise NodeLostError(f"the connection to the node was lost ({error})") from error
                left -= 1

    def nodes(self, enough: Callable[[KnownNode], bool]) -> list[KnownNode]:
        """All that are known; asked for again, unless that was just now, when none is `enough`."""
        if time.monotonic() - self._asked > _TOPOLOGY_AGE_MAX_S and not any(map(enough, self._nodes)):
            self._learn(self.home)
        return self._nodes

    def at(self, known: KnownNode) -> Link:
        """A ConnectionError says that the node can't be reached under its address."""
        home = self.home
        if home.address == known.address:
            return home
        link = self._others.get(known.address)
        if link is None:
            link = _open_like(home, known)
            link.call("PING")
            self._others[known.address] = link
        return link

    def links(self) -> Iterator[Link]:
        """Every one that was connected."""
        if self._home is not None:
            yield self._home
        yield from list(self._others.values())

    def _candidates(self) -> list[str]:
        return list(dict.fromkeys([*self._addresses, *(known.address for known in self._nodes)]))

    def _select(self) -> Link:
        failures = []
        for address in self._candidates():
            try:
                link = self._opened(address)
                self._learn(link)
                self._home = self._on_this_host(link) or link
                return self._home
            except (redis.ConnectionError, redis.TimeoutError) as error:
                failures.append(str(error))
        raise NodeLostError(f"no node answers ({'; '.join(failures)})")

    def _opened(self, address: str) -> Link:
        link = self._open_link(address)
        link.call("PING")
        return link

    def _learn(self, link: Link) -> None:
        try:
            records = [to_record(item) for item in link.call("FABRIC.NODES")]
            segments = [to_record(item) for item in link.call("FABRIC.SEGMENTS")]
        except redis.ResponseError:
            # Who may not ask for it goes without.
            return
        here = {item["node"] for item in segments if "host" in item and in_reach(item["shared_id"], item["host"])}
        self._nodes = [KnownNode(item["node"], _address(item, link.tls), item["node"] in here) for item in records]
        self._asked = self._looked = time.monotonic()
        link.node = next((known.node for known in self._nodes if known.address == link.address), None)

    def _on_this_host(self, link: Link) -> Link | None:
        """A node whose memory this process sees; None when that is the one asked, or there is none."""
        here = [known for known in self._nodes if known.here]
        if any(known.address == link.address for known in here):
            return None
        given = {address.rpartition("@")[2].rpartition("/")[2]: rank for rank, address in enumerate(self._addresses)}
        for known in sorted(here, key=lambda known: given.get(known.address, len(given))):
            try:
                better = _open_like(link, known)
                better.call("PING")
            except (redis.ConnectionError, redis.TimeoutError):
                continue
            return better
        return None

    def _look_around(self, home: Link) -> None:
        """Back to a node on this host as soon as there is one."""
        if time.monotonic() - self._looked < _LOOK_S:
            return
        if any(known.here and known.address == home.address for known in self._nodes):
            return
        self._looked = time.monotonic()
        try:
            self._learn(home)
            self._home = self._on_this_host(home) or home
        except (redis.ConnectionError, redis.TimeoutError):
            # The next command notices.
            return


def fixed_route(link: Link) -> Route:
    """Always that node, whatever happens to the connection."""
    return Route((), lambda _: link, link)


def _not_sent(error: BaseException) -> bool:
    """As redis-py words it when there was no connection to send anything on."""
    return "connecting to" in str(error)


def _address(record: dict[str, Any], tls: bool) -> str:
    address: str = record["address"]
    if not tls or not record["tls_port"]:
        return address
    return f"{address.rpartition(':')[0]}:{record['tls_port']}"


def _open_like(link: Link, known: KnownNode) -> Link:
    """Another node, with the same credentials."""
    pool = link.redis.connection_pool
    host, _, port = known.address.rpartition(":")
    options: dict[str, Any] = {**pool.connection_kwargs, "host": host.strip("[]"), "port": int(port)}
    kind: Any = pool.connection_class
    if options.pop("path", None) is not None:
        kind = redis.Connection
    options["socket_connect_timeout"] = CONNECT_TIMEOUT_S
    client = redis.Redis(connection_pool=redis.ConnectionPool(connection_class=kind, **options))
    return Link(client, owned=True, address=known.address, node=known.node)
