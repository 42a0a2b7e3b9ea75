"""What a stack with https asks its clients to trust: one file, named by two variables.

The variables replace what a program would trust otherwise, so the file holds that too: a shell that
has read the stack's address file still reaches every other https server.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import certifi

from local.private_file import write_private_file
from local.stack.errors import StackError

# requests reads the first (azure-cosmos and azure-identity, sync); OpenSSL's defaults and httpx
# read the second (aiohttp and so azure-cosmos, async; openai; urllib; curl).
VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class Trust:
    """The certificate of the authority of the stack's Cosmos DB, and the file for clients."""

    authority: Path
    bundle: Path

    def variables(self) -> dict[str, str]:
        """What has a client trust the stack."""
        return dict.fromkeys(VARIABLES, str(self.bundle))

    def write_bundle(self, caller: Mapping[str, str]) -> None:
        """Write the file for clients: what the caller's environment trusts, then our authority.

        Raises StackError when a file that is trusted cannot be read, or this one not be written.
        """
        try:
            trusted = _trusted_by_requests(caller) + _trusted_by_openssl(caller)
            trusted += _certificates_in(self.authority)
            write_private_file(self.bundle, b"\n".join(dict.fromkeys(trusted)) + b"\n")
        except OSError as error:
            raise StackError(
                f"{self.bundle} cannot be made from what this shell trusts ({error}): make that "
                "file usable, or unset the variable that names it (REQUESTS_CA_BUNDLE, "
                "CURL_CA_BUNDLE, SSL_CERT_FILE)."
            ) from error

    def client_context(self) -> ssl.SSLContext:
        """A client's context that trusts the authority alone.

        Raises OSError when the server has not made it yet.
        """
        return ssl.create_default_context(cafile=self.authority)


# What names no certificate counts as not set: it may be a bundle of ours that was damaged.
def _trusted_by_requests(caller: Mapping[str, str]) -> list[bytes]:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if found := _certificates_in(caller.get(name)):
            return found
    return _certificates_in(certifi.where())


def _trusted_by_openssl(caller: Mapping[str, str]) -> list[bytes]:
    """Not its folder of certificates: OpenSSL looks there in any case."""
    default = ssl.get_default_verify_paths().openssl_cafile
    return _certificates_in(caller.get("SSL_CERT_FILE")) or _certificates_in(default)


def _certificates_in(place: Path | str | None) -> list[bytes]:
    """The certificates of a file, or of a folder's files; none of a place that is not there."""
    if not place or not (path := Path(place)).exists():
        return []
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    contents = [file.read_bytes() for file in files if file.is_file()]
    return [found for content in contents for found in _CERTIFICATE.findall(content)]
