"""What is changed in a forked host from outside: its lease intervals, its clock, its last call."""

import dataclasses
import os
import signal
from collections.abc import Callable
from types import CoroutineType
from typing import Any

import httpx2
from azure.core.pipeline.transport import AioHttpTransport

from local.functions.triggers.change_feed import trigger
from local.functions.triggers.change_feed.options import ChangeFeedOptions
from local.functions.worker.functions import Function
from shared.wiring import SystemClock
from tests.chaos.launches import Launch

type Call = Callable[..., CoroutineType[Any, Any, Any]]


def shorten_lease_intervals() -> None:
    """Let leases expire and change hands in seconds, and the feed be read ten times a second."""
    parse = trigger.parse_options

    def parse_shortened(function: Function) -> ChangeFeedOptions:
        return dataclasses.replace(
            parse(function),
            poll_delay=0.1,
            acquire_interval=0.5,
            renew_interval=0.4,
            expiration_interval=1.5,
        )

    trigger.parse_options = parse_shortened


def skew_clock(seconds: float) -> None:
    """Let the app's clock go wrong."""
    if seconds:
        now = SystemClock.now
        SystemClock.now = lambda self: now(self) + seconds


def watch_calls(launch: Launch) -> None:
    """Die at the call that the launch names, among those to Cosmos DB and to the model."""
    if launch.crash_after_calls is None:
        return
    left = launch.crash_after_calls

    def count_down() -> bool:
        nonlocal left
        left -= 1
        return left == 0

    def die() -> None:
        if not launch.calm.exists():
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(call: Call) -> Call:
        async def watched(*arguments: Any, **options: Any) -> Any:
            is_last = count_down()
            if is_last and not launch.crash_with_reply:
                die()
            reply = await call(*arguments, **options)
            if is_last:
                die()
            return reply

        return watched

    AioHttpTransport.send = watch(AioHttpTransport.send)
    httpx2.AsyncHTTPTransport.handle_async_request = watch(
        httpx2.AsyncHTTPTransport.handle_async_request
    )
