"""What becomes of kept certificates that are missing, damaged, old or strangers to one another."""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from local.cosmos.certificates import (
    CertificateError,
    KeptCertificate,
    keep_certificate,
    load_certificate,
)

HOST = "127.0.0.1"


@pytest.fixture
def kept(tmp_path: Path) -> KeptCertificate:
    return keep_certificate(tmp_path / "data" / "tls", HOST)


def files(kept: KeptCertificate) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in kept.folder.iterdir()}


def certificate_in(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def accept(kept: KeptCertificate, name: str = HOST) -> None:
    """Connect as a client that trusts the authority; raises what such a client would."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cafile=kept.authority)
    asking = client.wrap_bio(to_client, to_server, server_hostname=name)
    serving = load_certificate(kept.server).wrap_bio(to_server, to_client, server_side=True)
    for side in (asking, serving):
        with pytest.raises(ssl.SSLWantReadError):
            side.do_handshake()
    asking.do_handshake()


def powerset(names: list[str]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]


def replace_certificate(kept: KeptCertificate, **validity: Any) -> None:
    """Put another certificate of the same authority in place of the server's."""
    authority = trustme.CA.from_pem(kept.authority.read_bytes(), kept.authority_key.read_bytes())
    names = validity.pop("names", ("127.0.0.1", "::1", "localhost"))
    issued = authority.issue_cert(*names, **validity)
    kept.server.write_bytes(issued.private_key_and_cert_chain_pem.bytes())


def test_clients_accept_every_name_of_this_machine(kept: KeptCertificate) -> None:
    for name in ("127.0.0.1", "::1", "localhost"):
        accept(kept, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        accept(kept, "127.0.0.2")


def test_a_good_certificate_is_left_alone(kept: KeptCertificate) -> None:
    before = files(kept)
    keep_certificate(kept.folder, HOST)
    assert files(kept) == before


def test_it_lasts_as_long_as_clients_allow_and_for_a_year_at_least(kept: KeptCertificate) -> None:
    certificate = certificate_in(kept.server)
    end, begin = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    assert end - begin <= timedelta(days=825)
    assert end - datetime.now(UTC) > timedelta(days=365)
    assert begin < datetime.now(UTC) - timedelta(hours=12)


@pytest.mark.parametrize("days_left", [-1, 30, 364])
def test_one_that_has_expired_or_will_within_a_year_is_renewed(
    kept: KeptCertificate, days_left: int
) -> None:
    end = datetime.now(UTC) + timedelta(days=days_left)
    replace_certificate(kept, not_after=end)
    authority = kept.authority.read_bytes()
    keep_certificate(kept.folder, HOST)
    assert certificate_in(kept.server).not_valid_after_utc > end + timedelta(days=300)
    assert kept.authority.read_bytes() == authority
    accept(kept)


def test_one_for_other_names_is_renewed(kept: KeptCertificate) -> None:
    replace_certificate(kept, names=("example.org",))
    authority = kept.authority.read_bytes()
    keep_certificate(kept.folder, HOST)
    accept(kept)
    keep_certificate(kept.folder, "127.0.0.2")
    accept(kept, "127.0.0.2")
    accept(kept, "localhost")
    assert kept.authority.read_bytes() == authority


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_server_on_every_address_is_named_by_loopback(kept: KeptCertificate, host: str) -> None:
    before = files(kept)
    keep_certificate(kept.folder, host)
    assert files(kept) == before


DAMAGES: dict[str, bytes] = {
    "empty": b"",
    "text": b"no PEM",
    "cut": b"-----BEGIN CERTIFICATE-----\nMIIB",
    "bytes": b"-----BEGIN CERTIFICATE-----\n\xff\xfe\n-----END CERTIFICATE-----\n",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.parametrize("name", ["ca.pem", "ca-key.pem", "server.pem"])
def test_whatever_is_damaged_clients_accept_what_is_served_next(
    kept: KeptCertificate, name: str, damage: bytes
) -> None:
    (kept.folder / name).write_bytes(damage)
    before = kept.authority.read_bytes()
    keep_certificate(kept.folder, HOST)
    accept(kept)
    assert (kept.authority.read_bytes() == before) == (name != "ca.pem")


@pytest.mark.parametrize("left", powerset(["ca.pem", "ca-key.pem", "server.pem"]))
def test_whatever_a_killed_server_left_clients_accept_what_is_served_next(
    kept: KeptCertificate, left: tuple[str, ...]
) -> None:
    for name, content in files(kept).items():
        if name not in left:
            (kept.folder / name).unlink()
            (kept.folder / f"{name}.new").write_bytes(content[: len(content) // 2])
    keep_certificate(kept.folder, HOST)
    accept(kept)


def test_a_key_that_is_not_the_certificates_is_never_served(kept: KeptCertificate) -> None:
    other = trustme.CA().issue_cert(HOST)
    certificate = certificate_in(kept.server).public_bytes(Encoding.PEM)
    kept.server.write_bytes(other.private_key_pem.bytes() + certificate)
    authority = kept.authority.read_bytes()
    keep_certificate(kept.folder, HOST)
    accept(kept)
    assert kept.authority.read_bytes() == authority


def test_an_authority_that_did_not_sign_the_certificate_signs_a_new_one(
    kept: KeptCertificate,
) -> None:
    other = trustme.CA()
    kept.authority.write_bytes(other.cert_pem.bytes())
    kept.authority_key.write_bytes(other.private_key_pem.bytes())
    keep_certificate(kept.folder, HOST)
    accept(kept)
    assert kept.authority.read_bytes() == other.cert_pem.bytes()


def test_an_authority_whose_key_is_another_one_is_replaced_and_the_log_warns(
    kept: KeptCertificate, caplog: pytest.LogCaptureFixture
) -> None:
    kept.authority_key.write_bytes(trustme.CA().private_key_pem.bytes())
    kept.server.unlink()
    before = kept.authority.read_bytes()
    with caplog.at_level(logging.WARNING, "local.cosmos"):
        keep_certificate(kept.folder, HOST)
    accept(kept)
    assert kept.authority.read_bytes() != before
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "trust anew" in record.getMessage()


def test_a_certificate_that_is_no_authority_is_replaced(kept: KeptCertificate) -> None:
    leaf = trustme.CA().issue_cert(HOST)
    kept.authority.write_bytes(leaf.cert_chain_pems[0].bytes())
    kept.authority_key.write_bytes(leaf.private_key_pem.bytes())
    keep_certificate(kept.folder, HOST)
    accept(kept)


def test_a_host_that_no_certificate_can_name_is_refused_and_nothing_replaced(
    kept: KeptCertificate,
) -> None:
    before = files(kept)
    with pytest.raises(CertificateError, match="my_host"):
        keep_certificate(kept.folder, "my_host")
    assert files(kept) == before


def test_a_damaged_file_of_ones_own_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own.pem"
    path.write_text("no PEM")
    with pytest.raises(CertificateError, match=r"own\.pem"):
        load_certificate(path)
