import unittest

import redis

from datafabric.errors import (
    ExistsError,
    FabricError,
    NotFoundError,
    OutOfMemoryError,
    from_redis,
)
from datafabric.replies import Placement, to_bytes, to_record, to_text

PLACEMENTS = [[b"alpha", b"/fabric.alpha.s0001", 64, 8, 4294967297, 0]]


class Records(unittest.TestCase):
    def test_maps_and_flat_lists_are_the_same(self) -> None:
        host = {b"boot_id": b"b", b"inode": 5, b"size": 4096}
        resp3 = {b"xid": 7, b"name": b"x", b"host": host, b"placements": PLACEMENTS}
        resp2 = [b"xid", 7, b"name", b"x", b"host", [b"boot_id", b"b", b"inode", 5, b"size", 4096]]
        resp2 += [b"placements", PLACEMENTS]
        self.assertEqual(to_record(resp3), to_record(resp2))
        self.assertEqual(
            to_record(resp2),
            {
                "xid": 7,
                "name": "x",
                "host": {"boot_id": "b", "inode": 5, "size": 4096},
                "placements": [Placement("alpha", "/fabric.alpha.s0001", 64, 8, 4294967297, 0)],
            },
        )

    def test_names_are_binary_safe(self) -> None:
        name = bytes(range(256))
        self.assertEqual(to_bytes(to_text(name)), name)


class Errors(unittest.TestCase):
    def test_codes_make_classes(self) -> None:
        error = from_redis(redis.ResponseError("EXISTS 'x' is there"))
        self.assertIsInstance(error, ExistsError)
        self.assertEqual((error.code, error.message, str(error)), ("EXISTS", "'x' is there", "EXISTS 'x' is there"))
        self.assertIsInstance(from_redis(redis.ResponseError("NOTFOUND no")), NotFoundError)
        self.assertIsInstance(from_redis(redis.ResponseError("OOM no")), OutOfMemoryError)

    def test_codes_that_redis_py_takes_off_come_back(self) -> None:
        self.assertEqual(from_redis(redis.ResponseError("syntax error")).code, "ERR")
        self.assertEqual(str(from_redis(redis.exceptions.NoPermissionError("no"))), "NOPERM no")
        out_of_memory = getattr(redis.exceptions, "OutOfMemoryError", None)
        if out_of_memory is not None:
            self.assertIsInstance(from_redis(out_of_memory("no room")), OutOfMemoryError)

    def test_ours_are_redis_py_s_too(self) -> None:
        self.assertTrue(issubclass(FabricError, redis.ResponseError))
