"""The server's certificate: read from a file, or made once by an authority of its own and kept.

An authority belongs to a data directory, so that a client that trusts it keeps trusting the server
over restarts and renewals:

    DATA/tls/ca.pem         the authority's certificate, which clients are told to trust
    DATA/tls/ca-key.pem     its key, for the server certificates of later years
    DATA/tls/server.pem     the server's key and certificate, for this machine's own names
"""

import logging
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import trustme
from cryptography import x509

from local.private_file import write_private_file

LOOPBACK_NAMES = ("127.0.0.1", "::1", "localhost")
# Some clients refuse more than 825 days. A server may run for all of the time that is left when it
# starts, so that is never little.
VALID_FOR = timedelta(days=730)
RENEW_BEFORE_END = timedelta(days=365)
CLOCKS_DIFFER_BY = timedelta(days=1)
ORGANIZATION = "local.cosmos"

logger = logging.getLogger("local.cosmos")


class CertificateError(Exception):
    """There is no certificate that the server can use; the message says why and what to do."""


@dataclass(frozen=True)
class KeptCertificate:
    """Where the certificates of a data directory are."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The authority's certificate: public."""
        return self.folder / "ca.pem"

    @property
    def authority_key(self) -> Path:
        """The key that signs server certificates."""
        return self.folder / "ca-key.pem"

    @property
    def server(self) -> Path:
        """Key and certificate of the server, in one file."""
        return self.folder / "server.pem"


def load_certificate(path: Path) -> ssl.SSLContext:
    """The context of a server with the certificate and key in a PEM file.

    Raises:
        CertificateError: the file cannot be read or does not hold both.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(path)
    except OSError as error:  # ssl.SSLError is one
        raise CertificateError(
            f"{path} is no PEM file of a certificate and its key ({error}): name one that is"
        ) from error
    return context


def keep_certificate(folder: Path, host: str) -> KeptCertificate:
    """Make sure that the folder holds a certificate for loopback and the host, and its authority.

    One that clients would refuse, or soon will, is made anew, and the log says so: with the kept
    authority if that can still sign, else with a new one.

    Raises:
        CertificateError: the folder or a file in it cannot be read or written, or no certificate
            can name the host.
    """
    kept = KeptCertificate(folder)
    names = _names_for(host)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for remedy in (_renew, _start_over):
            if (fault := _find_fault(kept, names)) is None:
                return kept
            remedy(kept, names, fault)
    except OSError as error:
        raise CertificateError(
            f"the certificates in {folder} cannot be kept ({error}): let this user read and write "
            "there, or give a certificate of your own with --certificate FILE"
        ) from error
    if (fault := _find_fault(kept, names)) is not None:
        raise CertificateError(f"no certificate can be made for {host}: {fault}")
    return kept


def _names_for(host: str) -> tuple[str, ...]:
    everywhere = False
    with suppress(ValueError):  # a name
        everywhere = ip_address(host).is_unspecified
    extra = () if everywhere or host in LOOPBACK_NAMES else (host,)
    return LOOPBACK_NAMES + extra


def _find_fault(kept: KeptCertificate, names: tuple[str, ...]) -> str | None:
    """Why clients that trust the authority would not accept the server, now or within a year."""
    for path in (kept.authority, kept.server):
        if not path.exists():
            return f"there is no {path}"
    try:
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.load_cert_chain(kept.server, password="")  # never ask for one
        client = ssl.create_default_context(cafile=kept.authority)
        for name in names:
            _shake_hands(client, server, name)
    except ssl.SSLError as error:
        return f"{kept.server} cannot be used with {kept.authority} ({error})"
    ends = min(_end_of(kept.authority), _end_of(kept.server))
    if ends - datetime.now(UTC) < RENEW_BEFORE_END:
        return f"{kept.server} ends on {ends:%Y-%m-%d}"
    return None


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """Have the client check the server under that name, in memory; raises ssl.SSLError."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=name)
    serving = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (asking, serving):  # both greet
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    asking.do_handshake()  # and the client judges


def _end_of(path: Path) -> datetime:
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def _renew(kept: KeptCertificate, names: tuple[str, ...], fault: str) -> None:
    """Issue a certificate from the kept authority, if there is one that can."""
    try:
        certificate, key = kept.authority.read_bytes(), kept.authority_key.read_bytes()
        issued = _issue(trustme.CA.from_pem(certificate, key), names)
    except (FileNotFoundError, ValueError, TypeError, x509.ExtensionNotFound):
        return  # no authority, or none that can sign: a new one takes its place
    write_private_file(kept.server, issued)
    logger.info("made a certificate for %s: %s", ", ".join(names), fault)


def _start_over(kept: KeptCertificate, names: tuple[str, ...], fault: str) -> None:
    """Make a new authority, and issue a certificate from it."""
    replaced = kept.authority.exists()
    authority = trustme.CA(
        path_length=0,
        organization_name=ORGANIZATION,
        organization_unit_name=f"authority of {kept.folder.parent.name}",
    )
    try:
        issued = _issue(authority, names)
    except ValueError as error:  # before anything is replaced
        raise CertificateError(f"no certificate can name {names[-1]} ({error})") from error
    write_private_file(kept.authority_key, authority.private_key_pem.bytes())
    write_private_file(kept.authority, authority.cert_pem.bytes())
    write_private_file(kept.server, issued)
    if replaced:
        logger.warning("made a new authority, which clients must be told to trust anew: %s", fault)
    else:
        logger.info("made an authority and a certificate for %s", ", ".join(names))


def _issue(authority: trustme.CA, names: tuple[str, ...]) -> bytes:
    """PEM of a new key and its certificate."""
    now = datetime.now(UTC)
    issued = authority.issue_cert(
        *names,
        organization_name=ORGANIZATION,
        organization_unit_name="server",
        not_before=now - CLOCKS_DIFFER_BY,
        not_after=now + VALID_FOR,
    )
    return issued.private_key_and_cert_chain_pem.bytes()
