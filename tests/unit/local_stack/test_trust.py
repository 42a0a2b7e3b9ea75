"""The file of authorities: the stack's own, and every one that was trusted without it."""

import ssl
from pathlib import Path

import certifi
import pytest
import trustme

from local.stack.errors import StackError
from local.stack.trust import Trust


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    trust = Trust(authority=tmp_path / "ca.pem", bundle=tmp_path / "bundle.pem")
    trustme.CA().cert_pem.write_to_path(trust.authority)
    return trust


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """The authority of a company's proxy."""
    path = tmp_path / "company.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path


def count(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("BEGIN CERTIFICATE")


def authorities(path: Path) -> set[bytes]:
    """What a program that is told to use this file trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(path)
    return set(context.get_ca_certs(binary_form=True))


def test_the_rest_of_the_world_stays_trusted(trust: Trust) -> None:
    trust.write_bundle({})
    trusted = authorities(trust.bundle)
    assert authorities(Path(certifi.where())) < trusted
    assert authorities(trust.authority) < trusted
    system = ssl.get_default_verify_paths().cafile
    assert system is None or authorities(Path(system)) <= trusted


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_authority_that_the_callers_shell_names_stays_trusted(
    trust: Trust, company: Path, name: str
) -> None:
    trust.write_bundle({name: str(company)})
    assert authorities(company) | authorities(trust.authority) < authorities(trust.bundle)


def test_a_shell_that_trusts_one_authority_only_gets_no_other_beside_ours(
    trust: Trust, company: Path
) -> None:
    trust.write_bundle({"REQUESTS_CA_BUNDLE": str(company), "SSL_CERT_FILE": str(company)})
    assert authorities(trust.bundle) == authorities(company) | authorities(trust.authority)


def test_a_folder_of_authorities_counts_with_all_of_them(
    trust: Trust, company: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    company.rename(folder / "a.pem")
    trustme.CA().cert_pem.write_to_path(folder / "b.pem")
    one = str(folder / "a.pem")
    trust.write_bundle({"REQUESTS_CA_BUNDLE": str(folder), "SSL_CERT_FILE": one})
    assert count(trust.bundle) == 3


def test_a_shell_that_has_read_the_address_file_starts_the_stack_again(
    trust: Trust, company: Path
) -> None:
    trust.write_bundle({"REQUESTS_CA_BUNDLE": str(company), "SSL_CERT_FILE": str(company)})
    first = trust.bundle.read_bytes()
    trust.write_bundle(trust.variables())
    assert trust.bundle.read_bytes() == first


@pytest.mark.parametrize("value", ["", "/nowhere/at-all.pem"])
def test_a_variable_that_names_no_file_counts_as_not_set(trust: Trust, value: str) -> None:
    trust.write_bundle({"REQUESTS_CA_BUNDLE": value, "SSL_CERT_FILE": value})
    assert authorities(Path(certifi.where())) < authorities(trust.bundle)


def test_a_damaged_file_of_an_earlier_run_is_replaced_by_a_whole_one(trust: Trust) -> None:
    trust.write_bundle({})
    whole = trust.bundle.read_bytes()
    trust.bundle.write_text("cut off")
    trust.write_bundle(trust.variables())
    assert trust.bundle.read_bytes() == whole


def test_a_bundle_that_cannot_be_written_is_an_error_that_names_it(trust: Trust) -> None:
    trust.bundle.mkdir()
    with pytest.raises(StackError, match=r"bundle\.pem cannot be made"):
        trust.write_bundle({})


def test_nothing_is_trusted_before_there_is_an_authority(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Trust(tmp_path / "none.pem", tmp_path / "bundle.pem").client_context()
