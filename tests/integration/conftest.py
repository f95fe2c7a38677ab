# SPDX-License-Identifier: Apache-2.0
"""What a fleet may have at the beginning: `idle` has tables and nobody who loads, `empty` a worker too; `hasty` and `brittle` are
for the failure policy, with `faults` between them and S3."""

import pytest
from support.expect import put_paths
from support.failures import empty_tables
from support.fixtures import fleet, pytest_runtest_makereport, real_data, servers  # noqa: F401
from support.s3_faults import S3Faults
from support.secured_kafka import SecuredKafka


@pytest.fixture
def warehouse(fleet):
    return fleet.warehouse


@pytest.fixture
def bucket(fleet):
    return fleet.bucket


@pytest.fixture
def idle(fleet):
    """A fleet with tables, without a worker, and nothing in its bucket but the paths."""
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    return fleet


@pytest.fixture
def empty(idle):
    """The same with a worker."""
    idle.worker()
    return idle


@pytest.fixture
def hasty(fleet):
    """As idle, with short waits."""
    return empty_tables(fleet)


@pytest.fixture
def brittle(fleet):
    """As hasty, and the second attempt that is burnt fails a task."""
    return empty_tables(fleet, ATTEMPTS_MAX=2)


@pytest.fixture
def faults(fleet):
    """What stands between S3 and the programs that a test lets go through it."""
    with S3Faults(fleet.environment["AWS_ENDPOINT_URL_S3"]) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def secured_kafka(servers, tmp_path_factory):
    kafka = SecuredKafka(servers, tmp_path_factory.mktemp("kafka"))
    yield kafka
    kafka.close()


@pytest.fixture
def secured(brittle, secured_kafka):
    """A fleet whose Kafka has its topics, and asks who it is."""
    topics = [brittle.settings["KAFKA"][name] for name in ("TOPIC_TASKS", "TOPIC_REPORTS", "TOPIC_DEAD_LETTER")]
    secured_kafka.make_topics(topics)
    brittle.configure("KAFKA", BOOTSTRAP_SERVERS=secured_kafka.bootstrap)
    brittle.environment.pop("COPYFLEET_KAFKA_BOOTSTRAP_SERVERS")
    brittle.rights = [("TOPIC", topics[0], "READ"), ("TOPIC", topics[0], "WRITE"), ("TOPIC", topics[1], "READ")]
    brittle.rights += [("TOPIC", topics[1], "WRITE"), ("TOPIC", topics[2], "WRITE")]
    brittle.rights += [("GROUP", brittle.settings["KAFKA"]["CONSUMER_GROUP"], "READ")]
    return brittle
