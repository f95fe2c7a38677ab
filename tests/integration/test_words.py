# SPDX-License-Identifier: Apache-2.0
"""What is said of a failure leads to what has to be done about it."""

import contextlib
import ssl
import subprocess

from support.s3_faults import S3Faults


class OwnAuthority(S3Faults):
    """The S3 server behind TLS, with a certificate that nobody else knows."""

    def __init__(self, url, folder):
        self.certificate, key = folder / "s3.pem", folder / "s3.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", self.certificate, "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True, capture_output=True,
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        super().__init__(url)
        self.url = self.url.replace("http://", "https://")

    def serve(self, client):
        with contextlib.suppress(ssl.SSLError), self.context.wrap_socket(client, server_side=True) as inside:
            super().serve(inside)


def test_an_authority_of_ones_own(idle, tmp_path):
    """AWS_CA_BUNDLE is named to whom does not know it, and so is the profile's ca_bundle, which is read."""
    idle.configure("FLEET", ATTEMPTS_MAX=1)
    idle.bucket.put("log_data/2018/11/2018-11-01-events.json", b'{"artist":"a"}\n')
    profile = tmp_path / "aws-config"
    with OwnAuthority(idle.environment["AWS_ENDPOINT_URL_S3"], tmp_path) as server:
        environment = {"AWS_ENDPOINT_URL_S3": server.url, "AWS_CONFIG_FILE": str(profile), "AWS_CA_BUNDLE": ""}
        done = idle.copyfleet("plan", environment=environment, expect=3)
        assert "if an authority of your own signed the certificate" in done.stderr and "in AWS_CA_BUNDLE" in done.stderr
        profile.write_text(f"[default]\nca_bundle = {tmp_path / 'nothing.pem'}\n")
        done = idle.copyfleet("plan", environment=environment, expect=3)
        assert "check the file that AWS_CA_BUNDLE, or ca_bundle of the AWS profile, names" in done.stderr
        profile.write_text(f"[default]\nca_bundle = {server.certificate}\n")
        done = idle.copyfleet("plan", environment=environment, expect=None)
        assert done.returncode in (0, 1) and "broke off" not in done.stderr, done.stderr
        environment |= {"AWS_CONFIG_FILE": "/nonexistent", "AWS_CA_BUNDLE": str(server.certificate)}
        done = idle.copyfleet("plan", environment=environment, expect=None)
        assert done.returncode in (0, 1) and "broke off" not in done.stderr, done.stderr
