"""Command line: python -m local.cosmos --port 8081 --data DIR."""

import argparse
import asyncio
import logging
import os
import socket
import sqlite3
import ssl
import sys
from pathlib import Path

from local.cosmos.auth import DEFAULT_KEY, Authorizer
from local.cosmos.certificates import CertificateError, keep_certificate, load_certificate
from local.cosmos.server import CosmosServer
from local.cosmos.storage.store import Store
from local.directory_lock import DirectoryInUseError
from local.process import run_server, wait_for_stop

EXIT_DATA_IN_USE = 3
EXIT_PORT_IN_USE = 4
EXIT_NO_CERTIFICATE = 5
EXIT_NO_DATA = 6

logger = logging.getLogger("local.cosmos")


def main() -> int:
    """Parse the arguments and serve; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.cosmos", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, help="directory of the stored data")
    parser.add_argument(
        "--partitions", type=int, default=1, help="physical partitions of a new container"
    )
    parser.add_argument(
        "--key",
        default=os.environ.get("LOCAL_COSMOS_KEY") or DEFAULT_KEY,
        help="account key, base64; others can see it here, and not in LOCAL_COSMOS_KEY",
    )
    https = parser.add_mutually_exclusive_group()
    https.add_argument("--certificate", type=Path, help="PEM of certificate and key: serve https")
    https.add_argument(
        "--tls", action="store_true", help="serve https with a certificate made in --data"
    )
    parser.add_argument(
        "--accept-any-token", action="store_true", help="let every Entra ID token pass; needs TLS"
    )
    parser.add_argument("--exit-with-parent", action="store_true", help="end with standard input")
    options = parser.parse_args()
    if options.partitions < 1:
        parser.error("--partitions must be 1 or more")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="local.cosmos: %(message)s")
    if options.accept_any_token and not (options.certificate or options.tls):
        parser.error(
            "--accept-any-token needs --tls or --certificate: clients send tokens over https only"
        )
    try:
        authorizer = Authorizer(options.key, accept_any_token=options.accept_any_token)
        given = load_certificate(options.certificate) if options.certificate else None
    except (ValueError, CertificateError) as error:
        parser.error(str(error))
    try:
        listening = _bind(options.host, options.port)
    except (OSError, OverflowError) as error:
        logger.error(  # noqa: TRY400 - one line says it all
            "cannot listen on %s:%d (%s): stop what does or choose another --port",
            options.host,
            options.port,
            getattr(error, "strerror", None) or error,
        )
        return EXIT_PORT_IN_USE
    try:
        store = Store(options.data, options.partitions)
    except DirectoryInUseError as error:
        logger.error("%s", error)  # noqa: TRY400 - one line says it all
        return EXIT_DATA_IN_USE
    except (OSError, RuntimeError, sqlite3.Error) as error:
        logger.error(  # noqa: TRY400 - one line says it all
            "cannot keep data in %s (%s): choose another directory with --data",
            options.data,
            error,
        )
        return EXIT_NO_DATA
    try:
        tls = _open_kept_certificate(options.data, options.host) if options.tls else given
    except CertificateError as error:
        store.close()
        logger.error("%s", error)  # noqa: TRY400 - one line says it all
        return EXIT_NO_CERTIFICATE
    with listening:
        return run_server(_serve(store, authorizer, listening, options, tls))


def _open_kept_certificate(data: Path, host: str) -> ssl.SSLContext:
    kept = keep_certificate(data / "tls", host)
    logger.info("clients trust the certificate with the authority in %s", kept.authority)
    return load_certificate(kept.server)


def _bind(host: str, port: int) -> socket.socket:
    listening = socket.socket()
    if sys.platform != "win32":  # there it would allow two servers on one port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


async def _serve(
    store: Store,
    authorizer: Authorizer,
    listening: socket.socket,
    options: argparse.Namespace,
    tls: ssl.SSLContext | None,
) -> int:
    # Signals are ours from here on: who reads that we listen may stop us at once.
    stopped = asyncio.create_task(wait_for_stop(exit_with_parent=options.exit_with_parent))
    await asyncio.sleep(0)
    server = CosmosServer(store, authorizer, tls)
    await server.start(listening)
    host, port = listening.getsockname()[:2]
    scheme = "https" if tls else "http"
    logger.info("listening on %s://%s:%d/ with data in %s", scheme, host, port, options.data)
    if options.key == DEFAULT_KEY:
        logger.info("account key (the default, no secret): %s", DEFAULT_KEY)
    await stopped
    await server.stop()
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
