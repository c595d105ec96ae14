import os
from multiprocessing.shared_memory import SharedMemory
from unittest import mock

import numpy as np

from datafabric import ExistsError, FabricError, NotFoundError, OutOfMemoryError, TypeMismatchError, segments

from .support import FabricCase

MIB = 1 << 20


class Insert(FabricCase):
    def test_arrays_come_back_with_dtype_and_shape(self) -> None:
        record = np.dtype([("x", "i4"), ("name", "S5"), ("m", "f8", (2,)), ("in", [("a", "u1"), ("b", "f2")])])
        arrays = [
            np.arange(24, dtype=np.int16).reshape(2, 3, 4),
            np.arange(6, dtype=">f8").reshape(2, 3).T,
            np.array([True, False]),
            np.array(2.5, np.float32),
            np.zeros((0, 3)),
            np.array([1 + 2j], np.complex64),
            np.array(["2020-01-01", "NaT"], "M8[100ns]"),
            np.array([b"ab", b"cde"], "S4"),
            np.array(["ä", "öü"], "U3"),
            np.ones(3, record),
        ]
        for number, array in enumerate(arrays):
            with self.subTest(dtype=array.dtype, shape=array.shape):
                name = f"array-{number}"
                self.fabric.insert(name, array)
                shown = self.fabric.attach(name)
                np.testing.assert_array_equal(shown, array)
                self.assertEqual(shown.shape, array.shape)
                self.assertEqual(shown.dtype.names, array.dtype.names)
                if array.dtype.names is None:
                    self.assertEqual(shown.dtype, array.dtype.newbyteorder("<"))

    def test_bytes_and_text(self) -> None:
        self.fabric.insert("bytes", b"a\0b", documentation="three of them")
        self.fabric.insert("text", "grüße")
        self.assertEqual(self.fabric.get("bytes"), b"a\0b")
        self.assertEqual(self.fabric.get("text"), "grüße")
        info = self.fabric.info("bytes")
        assert info is not None
        self.assertEqual((info["type"], info["documentation"], info["length"]), ("bytes", "three of them", 3))

    def test_large_arrays_are_written_in_place_and_small_ones_sent(self) -> None:
        for items, in_place in ((MIB - 1, False), (MIB, True)):
            with mock.patch("datafabric.writing.map_writing", side_effect=segments.map_writing) as mapped:
                placements = self.fabric.insert(f"array-{items}", np.full(items, 7, np.uint8))
            self.assertEqual(mapped.called, in_place)
            self.assertEqual(placements, self.fabric.locate(f"array-{items}"))
            self.assertEqual(int(self.fabric.attach(f"array-{items}").sum()), 7 * items)

    def test_large_arrays_are_sent_where_segments_are_out_of_reach(self) -> None:
        array = np.arange(MIB, dtype=np.int32)
        with mock.patch.object(segments, "_BOOT_ID", "another machine's"):
            self.fabric.insert("sent", array)
        np.testing.assert_array_equal(self.fabric.attach("sent"), array)

    def test_a_second_insert_is_refused_and_replace_replaces(self) -> None:
        for size in (8, 2 * MIB):
            name = f"twice-{size}"
            (first,) = self.fabric.insert(name, bytes(size))
            with self.assertRaisesRegex(ExistsError, rf"^EXISTS .*{first.xid}"):
                self.fabric.insert(name, bytes(size))
            (second,) = self.fabric.insert(name, b"x" * size, replace=True)
            self.assertGreater(second.xid, first.xid)
            self.assertEqual(self.fabric.get(name), b"x" * size)

    def test_what_is_refused_says_why(self) -> None:
        insert = self.fabric.insert
        with self.assertRaisesRegex(TypeMismatchError, "6400.*10"):
            insert("x", bytes(10), "40 * 20 * float64")
        with self.assertRaisesRegex(TypeMismatchError, "column 6"):
            insert("x", bytes(10), "40 * flot64")
        with self.assertRaisesRegex(FabricError, "^ERR .*empty"):
            insert("", b"x")
        with self.assertRaisesRegex(FabricError, "^ERR .*512"):
            insert("n" * 513, b"x")
        with self.assertRaisesRegex(NotFoundError, self.server.node):
            insert("x", b"x", node="nowhere")
        with self.assertRaises(FabricError):
            insert("x", b"x", replicas=2)
        self.assertIsNone(self.fabric.locate("x"))

    def test_a_full_segment_is_refused_and_nothing_of_it_stays(self) -> None:
        used = self.segment()["used_bytes"]
        big = np.zeros(self.segment_mib * MIB + 1, np.uint8)
        with self.assertRaises(OutOfMemoryError):
            self.fabric.insert("big", big)
        with self.assertRaises(OutOfMemoryError), mock.patch("datafabric.fabric._IN_PLACE_BYTES_MIN", 2 * big.nbytes):
            self.fabric.insert("big", big)
        self.assertEqual(self.segment()["used_bytes"], used)
        self.fabric.insert("big", b"small after all")


class Sources(FabricCase):
    def test_a_file_whole_and_in_part(self) -> None:
        path = self.server.sources / "numbers.f8"
        numbers = np.arange(100.0)
        numbers.tofile(path)
        self.fabric.insert_file("whole", path, "100 * float64")
        self.fabric.insert_file("part", path, "10 * float64", offset=80, length=80)
        self.fabric.insert_file("rest", str(path), "var * float64", offset=720)
        np.testing.assert_array_equal(self.fabric.attach("whole"), numbers)
        np.testing.assert_array_equal(self.fabric.attach("part"), numbers[10:20])
        np.testing.assert_array_equal(self.fabric.attach("rest"), numbers[90:])

    def test_files_that_may_not_be_read(self) -> None:
        outside = self.server.directory / "secret"
        outside.write_text("secret")
        (self.server.sources / "link").symlink_to(outside)
        for path in (outside, self.server.sources / "link", self.server.sources, self.server.sources / "none"):
            with self.subTest(path=path), self.assertRaises(FabricError):
                self.fabric.insert_file("x", path)
        self.assertIsNone(self.fabric.locate("x"))

    def test_a_wrong_length_is_refused(self) -> None:
        path = self.server.sources / "short"
        path.write_bytes(b"12345678")
        with self.assertRaisesRegex(TypeMismatchError, "16.*8"):
            self.fabric.insert_file("x", path, "2 * float64")
        with self.assertRaises(FabricError):
            self.fabric.insert_file("x", path, length=9)

    def test_shared_memory_of_another_process(self) -> None:
        other = self.other_process("""
from multiprocessing.shared_memory import SharedMemory
memory = SharedMemory(create=True, size=6400)
np.ndarray((40, 20), np.float64, memory.buf)[:] = np.arange(800.0).reshape(40, 20)
say(memory.name)
hear()
memory.close()
memory.unlink()
""")
        name = other.hear()
        expected = np.arange(800.0).reshape(40, 20)
        self.fabric.insert_shm("by-name", "/" + name, "40 * 20 * float64")
        self.fabric.insert_shm("part", name, "20 * float64", offset=160, length=160)
        other.say("done")
        other.process.wait()
        np.testing.assert_array_equal(self.fabric.attach("by-name"), expected)
        np.testing.assert_array_equal(self.fabric.attach("part"), expected[1])

    def test_a_shared_memory_object_of_python(self) -> None:
        memory = SharedMemory(create=True, size=4)
        self.addCleanup(memory.unlink)
        self.addCleanup(memory.close)
        memory.buf[:] = b"abcd"
        self.fabric.insert_shm("memory", memory)
        self.assertEqual(self.fabric.get("memory"), b"abcd")

    def test_shared_memory_that_may_not_be_read(self) -> None:
        ((_, own),) = [(0, segment["shared_id"]) for segment in self.fabric.segments()]
        for name in (own, "/psm_none", "/other"):
            with self.subTest(name=name), self.assertRaises(FabricError):
                self.fabric.insert_shm("x", name, length=8)
        self.assertFalse(os.path.exists("/dev/shm/psm_none"))
