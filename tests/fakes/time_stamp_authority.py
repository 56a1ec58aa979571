"""A time stamp authority (RFC 3161) on this machine: real certificates, real OpenSSL behind a real HTTP server."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CONFIGURATION = """
[tsa]
default_tsa = authority
[authority]
dir = .
serial = $dir/serial
crypto_device = builtin
signer_cert = $dir/signer.pem
certs = $dir/root.pem
signer_key = $dir/signer.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class TimeStampFolder:
    """Root and signer of one authority; ``trusted`` is what a court would be given."""

    def __init__(self, folder: Path, name: str, *, rsa_keys: bool = False) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.trusted = folder / "root.pem"
        make = _rsa if rsa_keys else _ec
        root_key, signer_key = make(), make()
        root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} root")])
        signer_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        root = _builder(root_name, root_name, root_key).add_extension(x509.BasicConstraints(True, None), critical=True)
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        signer = _builder(signer_name, root_name, signer_key).add_extension(stamping, critical=True)
        self.trusted.write_bytes(_pem(root.sign(root_key, hashes.SHA256())))
        (folder / "signer.pem").write_bytes(_pem(signer.sign(root_key, hashes.SHA256())))
        formats = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (folder / "signer.key").write_bytes(signer_key.private_bytes(*formats))
        (folder / "tsa.cnf").write_text(CONFIGURATION)
        (folder / "serial").write_text("01\n")

    async def answer(self, request: bytes) -> bytes:
        (self.folder / "query").write_bytes(request)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"]
        process = await asyncio.create_subprocess_exec(*command, cwd=self.folder, stderr=asyncio.subprocess.DEVNULL)
        assert await process.wait() == 0
        return (self.folder / "reply").read_bytes()


@asynccontextmanager
async def time_stamp_server(authority: TimeStampFolder) -> AsyncIterator[str]:
    """Its address."""

    async def stamp(request: web.Request) -> web.Response:
        assert request.content_type == "application/timestamp-query"
        return web.Response(
            body=await authority.answer(await request.read()), content_type="application/timestamp-reply"
        )

    app = web.Application()
    app.router.add_post("/", stamp)
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("/"))
    finally:
        await server.close()


def _ec() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _rsa() -> Key:
    return rsa.generate_private_key(65537, 2048)


def _builder(subject: x509.Name, issuer: x509.Name, key: Key) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
