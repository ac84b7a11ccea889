"""Who awaits what runs in another thread: Django's asynchronous ORM works through asgiref."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CoroutineType, FrameType
from typing import Any

#: The function of asgiref.sync.SyncToAsync that runs in the thread, and the one that awaits it.
THREAD_HANDLER = "thread_handler"
_CALL = "__call__"


def awaiting_frames(handler: FrameType) -> Iterator[FrameType]:
    """The frames of the coroutines that await what a frame of `thread_handler` runs.

    The innermost comes first. There are none where asgiref is not as it was known.
    """
    called = handler.f_locals.get("func")
    loop = handler.f_locals.get("loop")
    asyncio = sys.modules.get("asyncio")
    if called is None or asyncio is None or not isinstance(loop, asyncio.AbstractEventLoop):
        return
    for task in asyncio.all_tasks(loop):
        frames = list(_coroutine_frames(task.get_coro()))
        # The function is made anew for each call: it tells the call among many that wait.
        if frames and _is_call_of(frames[-1], called):
            yield from reversed(frames)
            return


def _is_call_of(frame: FrameType, called: object) -> bool:
    return frame.f_code.co_name == _CALL and frame.f_locals.get("func") is called


def _coroutine_frames(awaited: Any) -> Iterator[FrameType]:
    """The frames of a coroutine and of those that it awaits."""
    while isinstance(awaited, CoroutineType) and awaited.cr_frame is not None:
        yield awaited.cr_frame
        awaited = awaited.cr_await
