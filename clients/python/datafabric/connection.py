"""How to reach a node."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .fabric import Fabric

DEFAULT_PORT = 6379


def connect(address: str | redis.Redis = "127.0.0.1", **options: Any) -> Fabric:
    """A fabric by `redis://host:port`, `rediss://…` for TLS, `unix:///path`, `host`, `host:port`, or an existing `redis.Redis`.

    `options` are redis-py's (`username`, `password`, `ssl_ca_certs`, `socket_timeout`, …); `ssl=True` speaks TLS to a
    host. `port` goes with a host that names none.
    """
    if isinstance(address, redis.Redis):
        return Fabric(address, owns_redis=False)
    port = options.pop("port", None)
    if port is not None:
        address = _with_port(address, port)
    if options.pop("ssl", False):
        address = _with_tls(address)
    for name in ("host", "unix_socket_path"):
        if name in options:
            raise TypeError(f"connect() takes the address first: connect({options[name]!r}), not {name}=")
    return Fabric(redis.Redis.from_url(_as_url(address), **{**_defaults(), **options}), owns_redis=True)


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
