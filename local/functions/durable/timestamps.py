"""Now, as protobuf has it."""

import time

from google.protobuf.timestamp_pb2 import Timestamp

_NANOS_A_SECOND = 1_000_000_000
_NANOS_A_MICROSECOND = 1_000


def make_timestamp() -> Timestamp:
    """The present moment in whole microseconds, as datetime has it.

    Protobuf's own way there is over a datetime and takes ten times as long.
    """
    seconds, nanos = divmod(time.time_ns(), _NANOS_A_SECOND)
    return Timestamp(seconds=seconds, nanos=nanos - nanos % _NANOS_A_MICROSECOND)
