"""The examples of the documentation, as they stand but for the port."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from .support import CLIENT, NODE, ROOT, FabricCase

DOCS = ROOT / "docs"


def examples(page: str, language: str) -> "list[str]":
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE)


class NoLibrary(FabricCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.grid = np.arange(800.0).reshape(40, 20)

    def insert(self) -> None:
        self.fabric.insert("grid", self.grid)

    def run_file(self, name: str, text: str, *command: str) -> str:
        path = self.directory / name
        path.write_text(text)
        done = subprocess.run([*command, str(path)], cwd=self.directory, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def run_python(self, text: str) -> str:
        return self.run_file("example.py", text.replace("Redis()", f"Redis(port={self.server.port})"), sys.executable)

    def test_python(self) -> None:
        insert, attach, reserve = examples("no-library.md", "python")
        self.run_python(insert)
        sum_of_grid = float(self.run_python(attach))
        self.assertAlmostEqual(sum_of_grid, float(self.fabric.get("grid").sum()))
        self.run_python(reserve)
        self.assertEqual(self.fabric.get("squares").tolist(), [i * i for i in range(1000)])
        self.assertEqual([(self.fabric.info(name) or {})["pins"] for name in ("grid", "squares")], [0, 0])

    def test_node(self) -> None:
        self.insert()
        (text,) = examples("no-library.md", "js")
        (self.directory / "node_modules").symlink_to(ROOT / "node_modules")
        printed = self.run_file(
            "grid.mjs", text.replace("createClient()", f"createClient({{ url: '{self.server.url}' }})"), NODE
        )
        self.assertEqual(float(printed), self.grid.sum())

    def test_c(self) -> None:
        self.insert()
        (text,) = examples("no-library.md", "c")
        compile_it = ("cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(self.directory / "grid"))
        self.run_file("grid.c", text.replace("htons(6379)", f"htons({self.server.port})"), *compile_it)
        printed = subprocess.run([str(self.directory / "grid")], capture_output=True, text=True, check=True).stdout
        self.assertEqual(float(printed), self.grid.sum())
        self.assertEqual((self.fabric.info("grid") or {})["pins"], 0)


class Clients(FabricCase):
    def test_python(self) -> None:
        for number, text in enumerate(examples("clients.md", "python")):
            with self.subTest(example=number):
                code = text.replace("connect()", f"connect({self.server.url!r})")
                environment = {"PYTHONPATH": str(CLIENT)}
                done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
                self.assertEqual(done.returncode, 0, done.stderr)
