"""A certificate of this machine's own: browsers give camera and microphone to encrypted pages only."""

from __future__ import annotations

import datetime
import ipaddress
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pippin.core.errors import missing_extra
from pippin.core.files import write_bytes
from pippin.core.paths import default_home
from pippin.web.addresses import certificate_names

if TYPE_CHECKING:
    from cryptography import x509

VALIDITY = datetime.timedelta(days=365)


def certificate(host: str) -> tuple[Path, Path]:
    """Return the files of the certificate and of its key for a studio that listens at `host`.

    They are made on first use, when they run out, and when they lack a name by which the studio is reached.
    """
    try:
        from cryptography import x509
    except ImportError as problem:
        raise missing_extra(problem.name or "cryptography", "studio", "--https") from problem
    folder = default_home() / "studio"
    public, private = folder / "certificate.pem", folder / "key.pem"
    names, addresses = certificate_names(host)
    if public.exists() and private.exists():
        with suppress(ValueError, x509.ExtensionNotFound):
            known = x509.load_pem_x509_certificate(public.read_bytes())
            if _lasts(known) and _holds(known, names, addresses):
                return public, private
    made, key = _make_certificate(names, addresses)
    write_bytes(private, key)
    os.chmod(private, 0o600)
    write_bytes(public, made)
    return public, private


def _lasts(known: x509.Certificate) -> bool:
    return known.not_valid_after_utc - datetime.datetime.now(datetime.UTC) > datetime.timedelta(days=7)


def _holds(known: x509.Certificate, names: set[str], addresses: set[str]) -> bool:
    from cryptography import x509

    held = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    has_names = names <= set(held.get_values_for_type(x509.DNSName))
    return has_names and addresses <= {str(one) for one in held.get_values_for_type(x509.IPAddress)}


def _make_certificate(names: set[str], addresses: set[str]) -> tuple[bytes, bytes]:
    """Return a self-signed certificate for names and addresses (PEM), and its key (PEM)."""
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
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.SubjectAlternativeName(_subjects(names, addresses)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return built.public_bytes(serialization.Encoding.PEM), private


def _subjects(names: set[str], addresses: set[str]) -> list[x509.GeneralName]:
    from cryptography import x509

    found: list[x509.GeneralName] = [x509.DNSName(name) for name in sorted(names)]
    return found + [x509.IPAddress(ipaddress.ip_address(address)) for address in sorted(addresses)]
