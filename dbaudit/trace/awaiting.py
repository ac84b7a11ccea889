"""Who awaits what runs in another thread: Django's asynchronous ORM works through asgiref."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CoroutineType, FrameType
from typing import Any

#: The function of asgiref.sync.SyncToAsync that runs in the thread, and the one that awaits it.
THREAD_HANDLER = "thread_handler"
_CALL = "__call__"
_GENERATOR = "async_generator_asend"


def awaiting_frames(handler: FrameType) -> Iterator[FrameType]:
    """The frames of the coroutines that await what a frame of `thread_handler` runs.

    The innermost comes first. There are none where asgiref is not as it was known.
    """
    called = handler.f_locals.get("func")
    loop = handler.f_locals.get("loop")
    asyncio = sys.modules.get("asyncio")
    if called is None or asyncio is None or not isinstance(loop, asyncio.AbstractEventLoop):
        return
    unsure: list[list[FrameType]] = []
    for task in asyncio.all_tasks(loop):
        frames, end = _coroutine_frames(task.get_coro())
        if frames and _is_call_of(frames[-1], called):
            yield from reversed(frames)
            return
        if type(end).__name__ == _GENERATOR:
            unsure.append(frames)
    # Python tells not what an asynchronous generator awaits: one alone must be the one.
    if len(unsure) == 1:
        yield from reversed(unsure[0])


def _is_call_of(frame: FrameType, called: object) -> bool:
    """Whether a frame awaits this call; the function is made anew for each."""
    return frame.f_code.co_name == _CALL and frame.f_locals.get("func") is called


def _coroutine_frames(awaited: Any) -> tuple[list[FrameType], Any]:
    """The frames of a coroutine and of those that it awaits, and what the last of them awaits."""
    frames = []
    while isinstance(awaited, CoroutineType) and awaited.cr_frame is not None:
        frames.append(awaited.cr_frame)
        awaited = awaited.cr_await
    return frames, awaited
