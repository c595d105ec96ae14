"""How to reach a node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .fabric import Fabric
from .link import Link
from .route import CONNECT_TIMEOUT_S, Route

DEFAULT_PORT = 6379


def connect(address: str | redis.Redis | Sequence[str] = "127.0.0.1", **options: Any) -> Fabric:
    """A fabric by `redis://host:port`, `rediss://…` for TLS, `unix:///path`, `host`, `host:port`, or an existing `redis.Redis`.

    `options` are redis-py's (`username`, `password`, `ssl_ca_certs`, `socket_timeout`, …); `ssl=True` speaks TLS to a
    host. `port` goes with a host that names none.

    Of several addresses in a list the node whose memory this process sees is asked, else the first that answers, and
    another when that is gone. Not all nodes of the cluster need be named.
    """
    if isinstance(address, redis.Redis):
        return Fabric(address, owns_redis=False)
    if isinstance(address, str):
        return Fabric(_client(address, options), owns_redis=True)
    addresses = list(address)
    if not addresses:
        raise ValueError("connect([]): name the address of one node at least")
    options = {"socket_connect_timeout": CONNECT_TIMEOUT_S, **options}
    route = Route(addresses, lambda one: _link(one, options))
    # As with one address that can't be reached, the first command says so.
    return Fabric(route)


def _link(address: str, options: dict[str, Any]) -> Link:
    client = _client(address, options)
    reached = client.connection_pool.connection_kwargs
    where = f"{reached['host']}:{reached.get('port', DEFAULT_PORT)}" if "host" in reached else None
    return Link(client, owned=True, address=where)


def _client(address: str, options: dict[str, Any]) -> redis.Redis:
    options = dict(options)
    port = options.pop("port", None)
    if port is not None:
        address = _with_port(address, port)
    if options.pop("ssl", False):
        address = _with_tls(address)
    for name in ("host", "unix_socket_path"):
        if name in options:
            raise TypeError(f"connect() takes the address first: connect({options[name]!r}), not {name}=")
    return redis.Redis.from_url(_as_url(address), **{**_defaults(), **options})


def _defaults() -> dict[str, Any]:
    # No retries: a RESERVE or a PTR sent twice claims twice. No time-out: ALLOC, DEFRAG and WAIT take their time.
    return {"socket_timeout": None, "retry": Retry(NoBackoff(), 0)}


def _as_url(address: str) -> str:
    if "://" in address:
        return address
    if address.startswith("/"):
        return f"unix://{address}"
    return f"redis://{address}" if _has_port(address) else f"redis://{address}:{DEFAULT_PORT}"


def _with_tls(address: str) -> str:
    if address.startswith("rediss://"):
        return address
    if "://" in address or address.startswith("/"):
        raise ValueError(f"{address!r} isn't TLS; say rediss://host:port, or leave ssl=True out")
    return f"rediss://{address}" if _has_port(address) else f"rediss://{address}:{DEFAULT_PORT}"


def _with_port(address: str, port: int) -> str:
    if "://" in address or address.startswith("/") or _has_port(address):
        raise ValueError(f"{address!r} says where to connect already; leave port={port} out")
    return f"{address}:{port}"


def _has_port(address: str) -> bool:
    return address.rpartition("]")[2].count(":") == 1
