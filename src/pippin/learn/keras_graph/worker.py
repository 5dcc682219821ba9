"""The process that runs TensorFlow: reads commands from its input, writes replies, and never imports torch."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from pippin.core.errors import PippinError
from pippin.learn.keras_graph import channel

Reply = tuple[dict[str, Any], dict[str, Any]]


def main() -> None:
    """Answer commands until the other process closes the pipe."""
    given, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no reply
    commands = _commands()
    while (message := channel.receive(given)) is not None:
        values, arrays = message
        try:
            reply = commands[values.pop("command")](arrays, **values)
        except PippinError as problem:
            reply = _error(problem.message, problem.input, problem.code)
        except Exception as problem:  # any library's: the other process is to say it in a sentence
            traceback.print_exc()
            told = " ".join(str(problem).split())[:200]
            reply = _error(f"TensorFlow failed ({type(problem).__name__}: {told}).", None, "bad_input")
        channel.send(replies, *reply)


def _error(message: str, given: str | None, code: str) -> Reply:
    return {"error": {"message": message, "input": given, "code": code}}, {}


def _commands() -> dict[str, Callable[..., Reply]]:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(int(os.environ.get("TF_NUM_INTRAOP_THREADS", "1")))
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    tf.random.set_seed(0)
    from pippin.learn.keras_graph import own_networks, serving, training

    if "torch" in sys.modules:
        raise RuntimeError("torch was imported beside TensorFlow")
    return {**serving.COMMANDS, **training.COMMANDS, **own_networks.COMMANDS}


if __name__ == "__main__":
    main()
