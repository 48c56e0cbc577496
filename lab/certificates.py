# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's certificate authorities. What they sign passes the strict checks of OpenSSL and of Python 3.13."""

from __future__ import annotations

import datetime
import functools
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_COMMON_NAME_LENGTH = 64  # RFC 5280, appendix A, ub-common-name
_DAYS = 30


@dataclass(frozen=True)
class Authority:
    """A CA with its key. ``create`` makes one in a directory, ``load`` reads it back.

    The directory then holds ``ca.pem``, ``ca.key``, and ``ca-with-key.pem`` (both, as Squid's ``tls-cert=`` wants it).
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls, directory: Path, common_name: str = "Lab CA") -> Authority:
        """A new self-signed CA, written to ``directory``."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(common_name)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = (
            _builder(name, name, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
            .sign(key, hashes.SHA256())
        )
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = cls(certificate, key)
        (directory / "ca.pem").write_bytes(made.pem)
        for file, content in (("ca.key", key_pem(key)), ("ca-with-key.pem", made.pem + key_pem(key))):
            path = directory / file
            path.touch(mode=0o600)
            path.write_bytes(content)
        return made

    @classmethod
    def load(cls, directory: Path) -> Authority:
        """The CA that ``create`` wrote there."""
        key = serialization.load_pem_private_key((directory / "ca.key").read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{directory / 'ca.key'}: not an elliptic-curve key")
        return cls(x509.load_pem_x509_certificate((directory / "ca.pem").read_bytes()), key)

    @property
    def pem(self) -> bytes:
        """The CA's certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, host: str, key: ec.EllipticCurvePrivateKey) -> bytes:
        """A server certificate in PEM for a host name or an IP address, for the given key."""
        subject: x509.GeneralName
        try:
            subject = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            subject = x509.DNSName(host)
        return (
            _builder(_name(host[:_COMMON_NAME_LENGTH]), self.certificate.subject, key)
            .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(self._authority_key_identifier, critical=False)
            .sign(self.key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )

    @functools.cached_property
    def _authority_key_identifier(self) -> x509.AuthorityKeyIdentifier:
        own = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key in PEM, without a password."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
    )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
