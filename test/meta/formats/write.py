"""Writes the files beside this one by another implementation of Thrift, which reads docs/formats.thrift itself: pip install thriftpy2.

With `--check FILE STRUCT` it reads a file and prints what is in it.
"""

import sys
from pathlib import Path

import thriftpy2
from thriftpy2.protocol.compact import TCompactProtocol
from thriftpy2.transport import TMemoryBuffer

here = Path(__file__).parent
formats = thriftpy2.load(str(here / "../../../docs/formats.thrift"), module_name="formats_thrift")


def write(name, struct):
    transport = TMemoryBuffer()
    struct.write(TCompactProtocol(transport))
    (here / name).write_bytes(transport.getvalue())


def read(path, struct):
    struct.read(TCompactProtocol(TMemoryBuffer(Path(path).read_bytes())))
    return struct


if sys.argv[1:2] == ["--check"]:
    print(read(sys.argv[2], getattr(formats, sys.argv[3])()))
    sys.exit()

temperature = ("climate/temperature", "365 * 180 * 360 * float32")
stations = ("stations", "1000 * {id: int32, name: bytes[16]}")
write("dictionary-1.bin", formats.DictionaryFormat1(format=1, types=dict([temperature, stations])))
documented = formats.DictionaryEntry(*temperature, documentation="Kelvin, at 2 m – täglich")
write("dictionary-2.bin", formats.Dictionary(format=2, entries=[documented, formats.DictionaryEntry(*stations)]))
objects = [
    formats.DataObject(key="variables/00000001/0", bytes=0, crc32c=0),
    formats.DataObject(key="variables/00000001/1", bytes=2**40 + 7, crc32c=2**32 - 1),
]
write("manifest-1.bin", formats.Manifest(format=1, objects=objects))
