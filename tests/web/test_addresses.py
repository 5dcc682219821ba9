"""Names: those no model can be given, since the server means something else by them, and those a certificate holds."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import pippin
from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.verbs.new import new
from pippin.web.addresses import certificate_names, own_names, reachable


def firsts(routes: list[Any]) -> set[str]:
    """The first parts of all addresses of a service that are no parameters."""
    return {part for route in routes if (part := route.path.strip("/").partition("/")[0]) and "{" not in part}


def test_no_model_can_be_given_a_name_that_the_server_means_otherwise(client: TestClient, tmp_path: Path) -> None:
    meant = {part.partition(".")[0] for part in firsts(client.app.app.routes)} | {"learn"}
    assert {"v1", "assets", "teacher", "licences"} <= meant
    for name in sorted(meant | registry.ADDRESSES):
        answer = client.post("/v1/recognize/save-as", json={"name": name})
        assert answer.status_code == 400, name
        assert "page of pippin's own" in answer.json()["error"]["message"]
        with pytest.raises(PippinError):
            new(name, folder=tmp_path)
    assert not list(tmp_path.glob("*/pyproject.toml"))


@pytest.mark.parametrize("name", ["save-as", "save_as", "teach", "studio", "list"])
def test_no_model_can_be_given_the_name_of_a_command(miniature: str, name: str) -> None:
    pippin.train(miniature, epochs=1, threads=1)
    with pytest.raises(PippinError, match="cannot be a name"):
        pippin.save_as(miniature, name)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "192.0.2.7", "::1", "class.example"])
def test_the_certificate_names_every_address_that_is_printed(
    host: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x509 = pytest.importorskip("cryptography.x509")
    from pippin.web.self_signed_cert import certificate

    # The host's name leads to loopback alone, as Debian installs it.
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **_: [(2, 1, 6, "", ("127.0.1.1", 0))])
    public, private = certificate(host)
    held = x509.load_pem_x509_certificate(public.read_bytes()).extensions
    names = held.get_extension_for_class(x509.SubjectAlternativeName).value
    said = {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
    assert {reachable(host), "localhost", "127.0.0.1"} <= said
    assert own_names(host) - {"0.0.0.0"} <= said
    assert certificate(host) == (public, private)
    before = public.read_bytes()
    certificate("192.0.2.99")
    assert public.read_bytes() != before
    assert "192.0.2.99" in certificate_names("192.0.2.99")[1]


def test_a_certificate_that_cannot_be_read_is_made_anew(home: Path) -> None:
    pytest.importorskip("cryptography")
    from pippin.web.self_signed_cert import certificate

    public, _ = certificate("127.0.0.1")
    public.write_bytes(b"half a certif")
    assert certificate("127.0.0.1")[0].read_bytes().startswith(b"-----BEGIN")


@pytest.mark.parametrize("host", ["", "a" * 300, "naïve.example", "a..b", "x" * 64 + ".example"])
def test_names_that_no_certificate_holds_are_left_out(host: str) -> None:
    names, addresses = certificate_names(host)
    assert host not in names | addresses
    assert "localhost" in names


def test_opened(studio: Callable[..., TestClient]) -> None:
    """A class answers to the names by which it is reached."""
    client = studio(shared=True, token="a-long-secret", names=own_names("class.example"))
    assert client.get("/", headers={"Host": "class.example"}).status_code == 401
    assert client.get("/", headers={"Host": "other.example"}).status_code == 421
