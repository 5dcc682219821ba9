"""A certificate of this machine's own: browsers give camera and microphone to encrypted pages only."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pippin.core.errors import missing_extra
from pippin.core.files import write_bytes
from pippin.core.home import shared_home

if TYPE_CHECKING:
    from cryptography import x509

LASTS = datetime.timedelta(days=365)


def certificate() -> tuple[Path, Path]:
    """The files of the certificate and of its key, made on first use and when they have run out."""
    try:
        from cryptography import x509
    except ImportError as problem:
        raise missing_extra("cryptography", "studio", "--https") from problem
    folder = shared_home() / "studio"
    public, private = folder / "certificate.pem", folder / "key.pem"
    if public.exists() and private.exists():
        known = x509.load_pem_x509_certificate(public.read_bytes())
        if known.not_valid_after_utc - datetime.datetime.now(datetime.UTC) > datetime.timedelta(days=7):
            return public, private
    made, key = _made()
    write_bytes(private, key)
    os.chmod(private, 0o600)
    write_bytes(public, made)
    return public, private


def _made() -> tuple[bytes, bytes]:
    """A self-signed certificate for this machine's names and addresses (PEM), and its key (PEM)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pippin")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName(_names()), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return built.public_bytes(serialization.Encoding.PEM), private


def _names() -> list[x509.GeneralName]:
    from cryptography import x509

    host = socket.gethostname()
    found: list[x509.GeneralName] = [x509.DNSName(name) for name in dict.fromkeys(["localhost", host, f"{host}.local"])]
    addresses = {"127.0.0.1", "::1"}
    with suppress(OSError):
        addresses |= {str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(host, None)}
    return found + [x509.IPAddress(ipaddress.ip_address(address)) for address in sorted(addresses)]
