# SPDX-License-Identifier: Apache-2.0
"""Kafka's access control lists, by librdkafka itself: Debian 12's confluent_kafka has no calls for them."""

import ctypes

from support.fleet import WAIT_S

TEXT_BYTES = 512
CONF_OK, PRODUCER, NO_ERROR, LITERAL, ALLOW = 0, 0, 0, 3, 3  # as rdkafka.h numbers them
RESOURCES = {"TOPIC": 2, "GROUP": 3}
OPERATIONS = {"READ": 3, "WRITE": 4, "DESCRIBE": 8}


def load_library():
    library = ctypes.CDLL("librdkafka.so.1")
    for name in (
        "conf_new", "new", "queue_new", "queue_poll", "AclBinding_new", "event_CreateAcls_result", "CreateAcls_result_acls",
        "acl_result_error", "event_error_string", "error_string",
    ):
        getattr(library, f"rd_kafka_{name}").restype = ctypes.c_void_p
    return library


class Grants:
    """A connection by which rights are granted."""

    def __init__(self, options):
        self.library, self.text = load_library(), ctypes.create_string_buffer(TEXT_BYTES)
        conf = ctypes.c_void_p(self.library.rd_kafka_conf_new())
        for name, value in options.items():
            done = self.library.rd_kafka_conf_set(conf, name.encode(), value.encode(), self.text, TEXT_BYTES)
            assert done == CONF_OK, self.text.value
        self.kafka = ctypes.c_void_p(self.library.rd_kafka_new(PRODUCER, conf, self.text, TEXT_BYTES))
        assert self.kafka.value, self.text.value
        self.queue = ctypes.c_void_p(self.library.rd_kafka_queue_new(self.kafka))

    def grant(self, user, rights):
        """rights: (kind of resource, its name, operation) each."""
        library = self.library
        bindings = (ctypes.c_void_p * len(rights))()
        for number, (kind, name, operation) in enumerate(rights):
            bindings[number] = library.rd_kafka_AclBinding_new(
                RESOURCES[kind], name.encode(), LITERAL, f"User:{user}".encode(), b"*", OPERATIONS[operation], ALLOW,
                self.text, TEXT_BYTES,
            )
            assert bindings[number], self.text.value
        library.rd_kafka_CreateAcls(self.kafka, bindings, ctypes.c_size_t(len(rights)), None, self.queue)
        event = ctypes.c_void_p(library.rd_kafka_queue_poll(self.queue, WAIT_S * 1000))
        assert event.value and library.rd_kafka_event_error(event) == NO_ERROR, "the broker takes no access control lists"
        self.check_each(event)
        library.rd_kafka_event_destroy(event)
        library.rd_kafka_AclBinding_destroy_array(bindings, ctypes.c_size_t(len(rights)))

    def check_each(self, event):
        library, count = self.library, ctypes.c_size_t()
        result = ctypes.c_void_p(library.rd_kafka_event_CreateAcls_result(event))
        results = ctypes.c_void_p(library.rd_kafka_CreateAcls_result_acls(result, ctypes.byref(count)))
        for each in ctypes.cast(results, ctypes.POINTER(ctypes.c_void_p * count.value)).contents:
            error = library.rd_kafka_acl_result_error(ctypes.c_void_p(each))
            assert not error, ctypes.string_at(library.rd_kafka_error_string(ctypes.c_void_p(error)))

    def close(self):
        self.library.rd_kafka_queue_destroy(self.queue)
        self.library.rd_kafka_destroy(self.kafka)
