"""Command line: python -m local.model --port 8082."""

import argparse
import logging
import os
import sys

from local.model.embeddings_request import MOST_DIMENSIONS
from local.model.server import ServerOptions, serve
from local.process import run_server


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; 0 after a stop, 4 when the port is in use."""
    parser = argparse.ArgumentParser(
        prog="python -m local.model",
        description="An OpenAI-compatible endpoint with a rule-based stand-in for the model.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8082, help="port to listen on; 0 for any")
    parser.add_argument(
        "--key",
        default=os.environ.get("LOCAL_MODEL_KEY") or None,
        help="the key that clients must send; any key is taken without it. Others can see it here,"
        " and not in LOCAL_MODEL_KEY",
    )
    parser.add_argument(
        "--dimensions",
        type=int,
        default=1536,
        choices=range(1, MOST_DIMENSIONS + 1),
        metavar=f"1..{MOST_DIMENSIONS}",
        help="length of the vectors when a request does not say",
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when standard input ends"
    )
    options = ServerOptions(**vars(parser.parse_args(arguments)))
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    return run_server(serve(options))


if __name__ == "__main__":
    sys.exit(main())
