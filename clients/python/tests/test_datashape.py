import unittest

import numpy as np

from datafabric.datashape import as_payload, datashape_of, native_layout, parse_dtype, plain_layout


class DatashapeOf(unittest.TestCase):
    def test_scalars_and_dimensions(self) -> None:
        self.assertEqual(datashape_of(np.zeros((40, 20))), "40 * 20 * float64")
        self.assertEqual(datashape_of(np.int32, (3,)), "3 * int32")
        self.assertEqual(datashape_of(np.float32(1).dtype), "float32")
        self.assertEqual(datashape_of(np.bool_), "bool")
        self.assertEqual(datashape_of(np.complex128, (2,)), "2 * complex[float64]")

    def test_byte_order_is_not_part_of_the_type(self) -> None:
        self.assertEqual(datashape_of(">i4", (2,)), "2 * int32")

    def test_records_with_subarrays_and_records_in_them(self) -> None:
        dtype = np.dtype([("x", "i4"), ("m", "f8", (2, 3)), ("in", [("a", "u1")])])
        self.assertEqual(datashape_of(dtype, (5,)), "5 * {x: int32, m: 2 * 3 * float64, in: {a: uint8}}")

    def test_field_names_that_are_no_identifiers_are_quoted(self) -> None:
        self.assertEqual(datashape_of([("wind speed", "f4")]), "{'wind speed': float32}")
        self.assertEqual(datashape_of([("it's", "f4")]), r"{'it\'s': float32}")
        self.assertEqual(datashape_of([("größe", "f4")]), r"{'gr\u00f6\u00dfe': float32}")

    def test_fixed_sizes(self) -> None:
        self.assertEqual(datashape_of("S8"), "fixed_string[8]")
        self.assertEqual(datashape_of("U8"), "fixed_string[8, 'utf32']")
        self.assertEqual(datashape_of("V8"), "fixed_bytes[8]")

    def test_times_are_counted_in_100_ns(self) -> None:
        self.assertEqual(datashape_of("M8[100ns]", (2,)), "2 * datetime")
        self.assertEqual(datashape_of("m8[100ns]"), "time")
        with self.assertRaisesRegex(TypeError, r"astype\('M8\[100ns\]'\)"):
            datashape_of("M8[s]")

    def test_dtypes_without_a_datashape_are_refused(self) -> None:
        for dtype in ("O", np.longdouble, [("x", "O")]):
            with self.subTest(dtype=dtype), self.assertRaisesRegex(TypeError, "has no datashape"):
                datashape_of(dtype)


class Layout(unittest.TestCase):
    def test_records_are_aligned_as_in_c(self) -> None:
        packed = np.dtype([("x", "i4"), ("y", "f8")])
        self.assertEqual((packed.itemsize, native_layout(packed).itemsize), (12, 16))
        nested = np.dtype([("a", "u1"), ("b", [("c", "u1"), ("d", ">f8")], (2,))])
        aligned = native_layout(nested)
        self.assertEqual((aligned.itemsize, aligned.fields["b"][1]), (40, 8))
        self.assertEqual(aligned["b"].base["d"], np.dtype("<f8"))

    def test_typestr(self) -> None:
        self.assertEqual(parse_dtype("<f8"), np.dtype(np.float64))

    def test_padding_in_a_descr_is_no_field(self) -> None:
        dtype = parse_dtype("[('x', '<i4'), ('', '|V4'), ('y', '<f8', (2,))]")
        self.assertEqual(dtype.names, ("x", "y"))
        self.assertEqual(dtype, np.dtype([("x", "i4"), ("y", "f8", (2,))], align=True))

    def test_a_descr_is_data_and_nothing_runs(self) -> None:
        with self.assertRaises(ValueError):
            parse_dtype("[__import__('os').getpid()]")

    def test_plain_types_of_reservations(self) -> None:
        self.assertEqual(plain_layout("40 * 20 * float64", 6400), (np.dtype("<f8"), (40, 20)))
        self.assertEqual(plain_layout("var * 2 * ?int16", 12), (np.dtype("<i2"), (3, 2)))
        self.assertEqual(plain_layout("float32", 4), (np.dtype("<f4"), ()))
        self.assertEqual(plain_layout("0 * 3 * int8", 0), (np.dtype("i1"), (0, 3)))
        self.assertEqual(plain_layout("2 * {x: int32}", 8), (np.dtype("u1"), (8,)))


class Payload(unittest.TestCase):
    def test_bytes_and_text(self) -> None:
        self.assertEqual(as_payload(b"ab", None), (b"ab", "bytes"))
        self.assertEqual(as_payload(bytearray(b"ab"), "2 * int8"), (b"ab", "2 * int8"))
        self.assertEqual(as_payload(memoryview(b"abcd")[::2], None), (b"ac", "bytes"))
        self.assertEqual(as_payload("ä", None), ("ä".encode(), "string"))

    def test_arrays_in_any_order_arrive_in_c_order(self) -> None:
        array = np.arange(6, dtype=">i4").reshape(2, 3)
        expected = np.arange(6, dtype="<i4")
        self.assertEqual(as_payload(array, None), (expected.tobytes(), "2 * 3 * int32"))
        self.assertEqual(as_payload(array.T, None)[0], expected.reshape(2, 3).T.tobytes())

    def test_with_a_type_the_bytes_go_as_they_are(self) -> None:
        array = np.array([1], dtype=">i4")
        self.assertEqual(as_payload(array, "bytes"), (b"\0\0\0\1", "bytes"))

    def test_packed_records_are_aligned(self) -> None:
        array = np.array([(1, 2.5)], dtype=[("x", "i4"), ("y", "f8")])
        payload, text = as_payload(array, None)
        self.assertEqual((payload.nbytes, text), (16, "1 * {x: int32, y: float64}"))
        self.assertEqual(np.frombuffer(payload, native_layout(array.dtype)).tolist(), [(1, 2.5)])

    def test_numbers_lists_and_nothing(self) -> None:
        self.assertEqual(as_payload(2.5, None), (np.float64(2.5).tobytes(), "float64"))
        self.assertEqual(as_payload([1, 2], None)[1], "2 * int64")
        self.assertEqual(as_payload(np.zeros((0, 3)), None), (b"", "0 * 3 * float64"))
        self.assertEqual(as_payload(np.array(["2020-01-01"], "M8[100ns]"), None)[1], "1 * datetime")
