import redis

import datafabric
from datafabric import FabricError, InUseError, NotFoundError
from datafabric.connection import _as_url

from .support import FabricCase


class Names(FabricCase):
    def test_list_in_several_rounds_and_by_pattern(self) -> None:
        names = {f"run-{number}/x" for number in range(2500)}
        pipeline = self.fabric.redis.pipeline(transaction=False)
        for name in names:
            pipeline.execute_command("FABRIC.INSERT", name, "", "bytes", b"")
        pipeline.execute()
        self.assertEqual(set(self.fabric.list()), names)
        self.assertEqual(set(self.fabric.list("run-24?/x")), {f"run-24{digit}/x" for digit in range(10)})

    def test_binary_names(self) -> None:
        name = bytes(range(256)).replace(b"/", b"")
        self.fabric.insert(name, b"x")
        (listed,) = self.fabric.list()
        self.assertEqual(self.fabric.get(listed), b"x")
        self.assertEqual(self.fabric.delete(listed), 1)

    def test_delete_counts(self) -> None:
        self.fabric.insert("a", b"")
        self.fabric.insert("b", b"")
        self.assertEqual(self.fabric.delete("a", "b", "c"), 2)
        self.assertEqual(self.fabric.delete(), 0)

    def test_info_by_name_and_xid(self) -> None:
        (placement,) = self.fabric.insert("a", [1, 2, 3], documentation="some")
        info = self.fabric.info("a")
        self.assertEqual(info, self.fabric.info(xid=placement.xid))
        assert info is not None
        self.assertEqual((info["type"], info["length"], info["placements"]), ("3 * int64", 24, [placement]))
        with self.assertRaises(TypeError):
            self.fabric.info()


class Segments(FabricCase):
    def test_alloc_and_dealloc(self) -> None:
        ((node, shared_id),) = self.fabric.alloc(3)
        segments = {segment["shared_id"]: segment for segment in self.fabric.segments(node)}
        self.assertEqual(segments[shared_id]["bytes"], 4 << 20)
        self.fabric.dealloc(node, shared_id)
        self.assertNotIn(shared_id, [segment["shared_id"] for segment in self.fabric.segments()])
        with self.assertRaises(NotFoundError):
            self.fabric.dealloc(node, shared_id)

    def test_a_segment_in_use(self) -> None:
        (placement,) = self.fabric.insert("a", b"x")
        with self.assertRaises(InUseError):
            self.fabric.dealloc(placement.node, placement.shared_id)

    def test_nodes(self) -> None:
        (node,) = self.fabric.nodes()
        self.assertEqual((node["node"], node["state"]), (self.server.node, "up"))
        with self.assertRaisesRegex(NotFoundError, "elsewhere"):
            self.fabric.segments("elsewhere")


class Connections(FabricCase):
    def test_addresses(self) -> None:
        self.assertEqual(_as_url("redis://h:1/0"), "redis://h:1/0")
        self.assertEqual(_as_url("h"), "redis://h:6379")
        self.assertEqual(_as_url("h:1"), "redis://h:1")
        self.assertEqual(_as_url("[::1]"), "redis://[::1]:6379")
        self.assertEqual(_as_url("[::1]:1"), "redis://[::1]:1")
        self.assertEqual(_as_url("/run/fabric.sock"), "unix:///run/fabric.sock")

    def test_a_connection_of_one_s_own_stays_open(self) -> None:
        with redis.Redis.from_url(self.server.url) as client:
            with datafabric.connect(client) as fabric:
                self.assertIs(fabric.redis, client)
                fabric.insert("a", b"x")
            self.assertEqual(client.get("a"), b"x")

    def test_both_protocols(self) -> None:
        protocols = [{}] if redis.VERSION < (5,) else [{"protocol": 2}, {"protocol": 3}]
        for number, options in enumerate(protocols):
            with self.subTest(options), datafabric.connect(self.server.url, **options) as fabric:
                fabric.insert(f"p{number}", [number])
                self.assertEqual(fabric.attach(f"p{number}").tolist(), [number])
                self.assertTrue(fabric.info(f"p{number}"))
                self.assertTrue(fabric.defrag())

    def test_decoded_replies_are_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "decode_responses"):
            datafabric.connect(self.server.url, decode_responses=True)

    def test_errors_carry_their_codes(self) -> None:
        with self.assertRaises(FabricError) as raised:
            self.fabric.defrag("elsewhere")
        self.assertEqual(raised.exception.code, "NOTFOUND")

    def test_port_goes_with_a_host_that_names_none(self) -> None:
        port = self.server.port
        with datafabric.connect("127.0.0.1", port=port) as fabric:
            self.assertEqual(fabric.redis.connection_pool.connection_kwargs["port"], port)
            self.assertTrue(fabric.redis.ping())
        with self.assertRaises(ValueError):
            datafabric.connect(self.server.url, port=port)
        with self.assertRaises(TypeError):
            datafabric.connect(host="127.0.0.1")
