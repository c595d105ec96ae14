"""NumPy arrays in a shared-memory data fabric that speaks Redis.

>>> import datafabric, numpy as np
>>> fabric = datafabric.connect()
>>> fabric.insert("temperatures", np.zeros((40, 20)))
>>> with fabric.attach("temperatures") as array:  # a read-only view of shared memory, in any process of the machine
...     array.mean()
"""

from .array import FabricArray
from .connection import connect
from .datashape import datashape_of
from .errors import (
    ExistsError,
    FabricError,
    InUseError,
    NotFoundError,
    OutOfMemoryError,
    RemoteError,
    StaleError,
    TypeMismatchError,
)
from .fabric import Fabric
from .replies import Placement
from .reservation import Reservation
from .route import NodeLostError

__version__ = "0.1.0"

__all__ = [
    "ExistsError",
    "Fabric",
    "FabricArray",
    "FabricError",
    "InUseError",
    "NodeLostError",
    "NotFoundError",
    "OutOfMemoryError",
    "Placement",
    "RemoteError",
    "Reservation",
    "StaleError",
    "TypeMismatchError",
    "connect",
    "datashape_of",
]
