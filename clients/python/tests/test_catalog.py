"""The catalog read from outside, by docs/shared-memory.md."""

import mmap
import struct
from pathlib import Path
from typing import Any

from .support import FabricCase

SEALED, READER, SLOT = 3, 1, 3


class Catalog(FabricCase):
    def setUp(self) -> None:
        super().setUp()
        with open(f"/dev/shm/dftest.{self.server.node}.catalog", "rb") as file:
            self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.addCleanup(self.bytes.close)

    def u64(self, offset: int) -> int:
        return int(struct.unpack_from("<Q", self.bytes, offset)[0])

    def descriptor(self, name: bytes) -> "dict[str, Any]":
        """The sealed variable's, with its index."""
        for index in range(self.u64(104)):
            at = self.u64(80) + index * 128
            seq, word, offset, length, xid = struct.unpack_from("<I4xQQQQ", self.bytes, at)
            crc32c, name_bytes, strings, type_bytes, documentation_bytes, created = struct.unpack_from(
                "<IH2xQIIQ", self.bytes, at + 40
            )
            start = self.u64(88) + strings
            text = self.bytes[start : start + name_bytes + type_bytes + documentation_bytes]
            if word & 0xFF == SEALED and text[:name_bytes] == name:
                self.assertEqual(seq % 2, 0)
                return {
                    "index": index,
                    "segment": word >> 16 & 0xFFFF,
                    "generation": word >> 32,
                    "offset": offset,
                    "length": length,
                    "xid": xid,
                    "crc32c": crc32c,
                    "type": text[name_bytes : name_bytes + type_bytes].decode(),
                    "documentation": text[name_bytes + type_bytes :].decode(),
                    "created_ms": created,
                }
        raise AssertionError(f"no descriptor of {name!r}")

    def test_the_header(self) -> None:
        self.assertEqual(self.bytes[:8], b"DFABRIC\0")
        self.assertEqual(struct.unpack_from("<II", self.bytes, 8), (1, 216))
        self.assertEqual(self.u64(16), len(self.bytes))
        self.assertEqual(self.u64(144), 1)
        self.assertEqual(self.bytes[152:216].rstrip(b"\0").decode(), self.server.node)

    def test_it_is_sparse(self) -> None:
        status = Path(f"/dev/shm/dftest.{self.server.node}.catalog").stat()
        self.assertLess(status.st_blocks * 512, status.st_size / 10)

    def test_a_descriptor(self) -> None:
        (placement,) = self.fabric.insert("described", b"payload", documentation="of seven bytes")
        found = self.descriptor(b"described")
        info = self.fabric.info("described")
        assert info is not None
        for label in ("xid", "length", "crc32c", "type", "documentation", "created_ms"):
            self.assertEqual(found[label], info[label], label)
        self.assertEqual((found["offset"], found["generation"]), (placement.offset, placement.generation))
        record = self.u64(56) + found["segment"] * 32
        self.assertTrue(placement.shared_id.endswith(f".s{self.u64(record) >> 32:04}"))
        self.assertEqual(self.u64(record) & 0xFFFFFFFF, 1)
        status = Path("/dev/shm" + placement.shared_id).stat()
        self.assertEqual((self.u64(record + 8), self.u64(record + 16)), (status.st_size, status.st_ino))

    def test_a_pin(self) -> None:
        self.fabric.insert("pinned", b"payload")
        with self.fabric.attach("pinned") as array:
            token = int(str(array.pin).rpartition(":")[2], 16)
            records = [self.u64(72) + index * 48 for index in range(self.u64(96))]
            (record,) = [at for at in records if self.u64(at + 8) == token and self.u64(at) != 0]
            word = self.u64(record)
            self.assertEqual((word & 0xFF, word >> 8 & 0xFF), (READER, SLOT))
            self.assertEqual(word >> 32, self.descriptor(b"pinned")["index"])
            with open(f"/dev/shm/dftest.{self.server.node}.slots", "rb") as slots:
                slots.seek(self.u64(record + 24) * 64)
                self.assertEqual(struct.unpack("<Q", slots.read(8))[0], self.u64(record + 32))
        self.assertEqual(self.u64(record), 0)
