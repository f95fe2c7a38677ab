# SPDX-License-Identifier: Apache-2.0
"""Who is asked for credentials and gives none: nobody is there, somebody is not well, or somebody says no. Each is told as what it is."""

import contextlib
import http.server
import threading

import net
import pytest
from support.failures import sentence
from support.status_reads import assert_calm

DENIED = (
    403,
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message>"
    "</Error></ErrorResponse>",
)


@contextlib.contextmanager
def answering(answers):
    """An HTTP server's port; answers(method, path) is a status and a text."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, text = answers(self.command, self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def anonymous(idle):
    """No keys but those that are asked for."""
    token = idle.folder / "token"
    token.write_text("PlantedToken\n")
    idle.configure("FLEET", ATTEMPTS_MAX=2, BACKOFF_BASE_MS=5, BACKOFF_WAIT_MS_MAX=50)
    idle.environment |= {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    idle.environment |= {"AWS_CONFIG_FILE": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}
    return idle, {"AWS_ROLE_ARN": "arn:aws:iam::1:role/loader", "AWS_WEB_IDENTITY_TOKEN_FILE": str(token)}


def ask(fleet, environment, *words, but=()):
    said = sentence(fleet.copyfleet("run", environment=environment, expect=3).stderr)
    assert all(word in said for word in words) and not any(word in said for word in but), said
    assert "Planted" not in said
    return said


@pytest.mark.operating("who gives the credentials")
def test_sts_cannot_be_reached(anonymous):
    """Status needs none: what `run` could not do, `run` has said."""
    fleet, identity = anonymous
    assert_calm(fleet)
    url = f"http://127.0.0.1:{net.free_ports(1)[0]}/"
    blameless = ["trust policy", "status"]
    ask(fleet, identity | {"AWS_ENDPOINT_URL_STS": url}, f"STS at {url} cannot be reached for credentials: ", "connect", but=blameless)
    url = "http://sts.invalid/"
    ask(fleet, identity | {"AWS_ENDPOINT_URL_STS": url}, f"STS at {url} cannot be reached for credentials: ", "resolve", but=blameless)
    assert_calm(fleet)


def test_sts_says_no(anonymous):
    fleet, identity = anonymous
    for answer, words, but in [
        (DENIED, ["status 403 AccessDenied, Not authorized to perform sts:", "check the trust policy of the role arn:aws:iam::1:role/loader"], []),
        ((503, "busy"), ["status 503", "it is not well"], ["trust policy"]),
        ((200, "<html>Welcome</html>"), ["is no STS", "AWS_ENDPOINT_URL_STS"], ["trust policy"]),
    ]:
        with answering(lambda method, path: answer) as port:
            ask(fleet, identity | {"AWS_ENDPOINT_URL_STS": f"http://127.0.0.1:{port}/"}, *words, but=but)


def test_a_containers_endpoint(anonymous):
    fleet, _ = anonymous
    who = "the container's credentials endpoint"
    secret = "/v2/PlantedPath"
    environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{net.free_ports(1)[0]}{secret}"}
    ask(fleet, environment, f"{who} cannot be reached for credentials: ", "connect", but=["role"])
    with answering(lambda method, path: (404, "")) as port:
        ask(fleet, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port}{secret}"}, f"{who} gave no credentials (status 404): check the role")


def test_an_instances_role(anonymous):
    """That nobody is there says that this is no instance; afterwards it is a service like others."""
    fleet, _ = anonymous
    answers = {"/latest/api/token": (200, "t"), "/latest/meta-data/iam/security-credentials/": (200, "loader")}
    with answering(lambda method, path: answers.get(path, (500, ""))) as port:
        environment = {"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{port}"}
        ask(fleet, environment, "EC2's metadata service gave no credentials (status 500): it is not well")
