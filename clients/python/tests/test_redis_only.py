"""What the documentation promises to those who use no library of ours."""

import os
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np
import redis

from datafabric.replies import to_record

from .support import FabricCase

MIB = 1 << 20


class RedisOnly(FabricCase):
    segment_mib = 256
    array = np.random.default_rng(1).random((40, 20))

    def setUp(self) -> None:
        super().setUp()
        self.redis: Any = redis.Redis.from_url(self.server.url)
        self.addCleanup(self.redis.close)

    def call(self, *command: Any) -> Any:
        return self.redis.execute_command(*command)

    def pointer(self, name: str) -> "dict[str, Any]":
        return to_record(self.call("FABRIC.PTR", name))

    def memmap(self, name: str) -> "np.memmap[Any, Any]":
        pointer = self.pointer(name)
        path, offset, shape = "/dev/shm" + pointer["shm"], pointer["offset"], tuple(pointer["shape"])
        return np.memmap(path, pointer["dtype"], "r", offset, shape)

    def test_bytes(self) -> None:
        ((node, shared_id),) = self.call("FABRIC.ALLOC", 256)
        self.assertEqual(node.decode(), self.server.node)
        self.assertEqual(os.stat("/dev/shm" + shared_id.decode()).st_size, 256 * MIB)
        placed = self.call("FABRIC.INSERT", "grid", "noise", "40 * 20 * float64", self.array.tobytes())
        self.assertEqual(self.call("FABRIC.LOCATE", "grid"), placed)
        shown = self.memmap("grid")
        np.testing.assert_array_equal(shown, self.array)
        self.assertFalse(shown.flags.writeable)
        self.assertEqual(placed[0][2] % 64, 0)

    def test_a_file_of_100_mib(self) -> None:
        data = np.random.default_rng(2).bytes(100 * MIB)
        path = self.server.sources / "large.bin"
        path.write_bytes(data)
        self.call("FABRIC.INSERT", "file", "", "bytes", "FILE", str(path))
        shown = self.memmap("file")
        self.assertEqual(shown.shape, (100 * MIB,))
        self.assertTrue(shown.tobytes() == data)
        self.assertEqual(self.pointer("file")["offset"] % 4096, 0)

    def test_another_process_s_shared_memory(self) -> None:
        memory = SharedMemory(create=True, size=self.array.nbytes)
        self.addCleanup(memory.unlink)
        memory.buf[:] = self.array.tobytes()
        memory.close()
        size = self.array.nbytes
        self.call("FABRIC.INSERT", "theirs", "", "40 * 20 * float64", "SHM", "/" + memory.name, 0, size)
        np.testing.assert_array_equal(self.memmap("theirs"), self.array)

    def test_written_in_place(self) -> None:
        reply = to_record(self.call("FABRIC.RESERVE", "mine", "", "40 * 20 * float64"))
        np.memmap("/dev/shm" + reply["shm"], "<f8", "r+", reply["offset"], (40, 20))[:] = self.array
        self.assertIsNone(self.call("FABRIC.LOCATE", "mine"))
        self.call("FABRIC.SEAL", reply["xid"])
        np.testing.assert_array_equal(self.memmap("mine"), self.array)

    def test_records(self) -> None:
        array = np.zeros(10, np.dtype([("x", "i4"), ("y", "f8")], align=True))
        array["x"], array["y"] = range(10), 0.5
        self.call("FABRIC.INSERT", "records", "", "10 * {x: int32, y: float64}", array.tobytes())
        pointer = self.pointer("records")
        self.assertEqual(pointer["strides"], [16])
        shown = self.fabric.attach("records")
        np.testing.assert_array_equal(shown, array)
        self.assertEqual(shown.dtype, array.dtype)

    def test_commands_in_a_pipeline(self) -> None:
        pipeline: Any = self.redis.pipeline(transaction=False)
        pipeline.execute_command("FABRIC.INSERT", "piped", "", "bytes", b"abc")
        pipeline.execute_command("FABRIC.GET", "piped")
        self.assertEqual(pipeline.execute()[1], b"abc")

    def test_redis_habits(self) -> None:
        self.redis.set("greeting", "hello")
        self.assertEqual(self.redis.get("greeting"), b"hello")
        self.assertEqual(self.fabric.get("greeting"), b"hello")
        self.assertEqual(self.redis.dbsize(), 1)
