"""What ties Redis clients together: transactions, publish and subscribe, MONITOR, with redis-py unchanged."""

from typing import Any

import redis

from .support import FabricCase, eventually

LARGE = bytes(range(256)) * 4096


class Together(FabricCase):
    def setUp(self) -> None:
        super().setUp()
        self.redis: Any = self.client()

    def client(self) -> Any:
        client: Any = redis.Redis.from_url(self.server.url)
        self.addCleanup(client.connection_pool.disconnect)
        return client

    def test_pipelines_are_transactions_by_default(self) -> None:
        pipeline = self.redis.pipeline()
        pipeline.set("a", "1").get("a").set("large", LARGE).get("large")
        pipeline.execute_command("FABRIC.INSERT", "b", "", "3 * uint8", b"abc")
        pipeline.execute_command("FABRIC.GET", "b")
        replies = pipeline.execute()
        self.assertEqual(replies[:4], [True, b"1", True, LARGE])
        self.assertEqual(replies[5], b"abc")

    def test_one_that_fails_leaves_the_others(self) -> None:
        pipeline = self.redis.pipeline(transaction=True)
        pipeline.set("a", "1")
        pipeline.execute_command("FABRIC.INSERT", "a", "", "bytes", b"x")
        pipeline.get("a")
        replies = pipeline.execute(raise_on_error=False)
        self.assertIs(replies[0], True)
        self.assertIsInstance(replies[1], redis.ResponseError)
        self.assertEqual(replies[2], b"1")

    def test_a_wrong_command_spoils_all(self) -> None:
        pipeline = self.redis.pipeline()
        pipeline.set("spoiled", "1")
        pipeline.execute_command("FABRIC.INSERT", "spoiled")
        with self.assertRaises(redis.ResponseError):
            pipeline.execute()
        self.assertEqual(self.redis.exists("spoiled"), 0)

    def test_watch(self) -> None:
        self.redis.set("counter", "1")
        other = self.client()
        with self.redis.pipeline() as pipeline:
            pipeline.watch("counter")
            value = int(pipeline.get("counter"))
            other.set("counter", "10")
            pipeline.multi()
            pipeline.set("counter", str(value + 1))
            with self.assertRaises(redis.WatchError):
                pipeline.execute()

        def increment(pipeline: Any) -> None:
            value = int(pipeline.get("counter"))
            pipeline.multi()
            pipeline.set("counter", str(value + 1))

        self.redis.transaction(increment, "counter")
        self.assertEqual(self.redis.get("counter"), b"11")

    def test_publish_and_subscribe(self) -> None:
        hearing = self.client().pubsub(ignore_subscribe_messages=True)
        self.addCleanup(hearing.close)
        hearing.subscribe("news")
        hearing.psubscribe("wea*")
        eventually(lambda: hearing.get_message() is None and self.redis.pubsub_numpat() == 1)
        self.assertEqual(self.redis.pubsub_channels(), [b"news"])
        self.assertEqual(self.redis.publish("news", "one"), 1)
        self.assertEqual(self.redis.publish("weather", "two"), 1)
        heard: "list[tuple[str, bytes]]" = []

        def both() -> bool:
            message = hearing.get_message(timeout=1)
            if message is not None:
                heard.append((message["type"], message["data"]))
            return len(heard) == 2

        eventually(both)
        self.assertEqual(heard, [("message", b"one"), ("pmessage", b"two")])

    def test_monitor(self) -> None:
        with self.client().monitor() as monitor:
            self.redis.set("watched", "x y")
            command = monitor.next_command()
            while not command["command"].startswith("SET"):
                command = monitor.next_command()
            self.assertEqual(command["command"], "SET watched x y")

    def test_names_and_sizes(self) -> None:
        self.redis.set("tenant/one", "hello")
        self.assertEqual(self.redis.keys("tenant/*"), [b"tenant/one"])
        self.assertEqual(self.redis.getrange("tenant/one", 1, -2), b"ell")
        self.assertEqual(self.redis.randomkey(), b"tenant/one")
        self.assertGreater(self.redis.memory_usage("tenant/one"), 64)
        self.assertEqual(self.redis.touch("tenant/one", "none"), 1)
        self.assertEqual(self.redis.unlink("tenant/one"), 1)
