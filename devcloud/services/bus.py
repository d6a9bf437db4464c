# SPDX-License-Identifier: Apache-2.0
"""Messages from Nova's API to the compute hosts of a cell that runs in a process of its own.

The fake:// transport does not leave a process. Only this direction is needed: as in a real deployment, nothing in a
cell sends messages to the top.
"""

import queue
import threading
from contextlib import closing
from multiprocessing.connection import Client, Connection, Listener

import oslo_messaging
from oslo_messaging._drivers import common, impl_fake
from oslo_serialization import jsonutils

WAITING = 256  # connections that are not accepted yet


def forward(address: str, hosts: frozenset[str]) -> None:
    """Send messages for these hosts to another process instead of the queues of this process.

    If the other process does not run, drop the message, or raise MessagingTimeout at once if the sender waits for a
    reply.
    """
    send = impl_fake.FakeDriver._send

    def send_or_forward(self, target, ctxt, message, wait_for_reply=None, timeout=None, transport_options=None):
        if target.server not in hosts:
            return send(self, target, ctxt, message, wait_for_reply, timeout, transport_options)
        exchange = target.exchange or self._exchange_manager._default_exchange
        request = {
            "place": [exchange, target.topic, target.server],
            "content": [ctxt, message],
            "wait": wait_for_reply and {"timeout": timeout},
        }
        try:
            with Client(address, "AF_UNIX") as connection:
                connection.send_bytes(jsonutils.dump_as_bytes(request))
                answer = jsonutils.loads(connection.recv_bytes())
        except (OSError, EOFError) as error:
            if wait_for_reply:
                raise oslo_messaging.MessagingTimeout(f"No reply on topic {target.topic}") from error
            return None
        if "failure" in answer:
            raise common.deserialize_remote_exception(answer["failure"], self._allowed_remote_exmods)
        if "timeout" in answer:
            raise oslo_messaging.MessagingTimeout(f"No reply on topic {target.topic}")
        return answer["reply"]

    impl_fake.FakeDriver._send = send_or_forward


def receive(address: str) -> None:
    """Deliver what other processes forward to this process, until the process ends."""
    with closing(Listener(address, "AF_UNIX", backlog=WAITING)) as listener:
        while True:
            connection = listener.accept()
            threading.Thread(target=_deliver, args=(connection,), daemon=True).start()


def _deliver(connection: Connection) -> None:
    with connection:
        try:
            request = jsonutils.loads(connection.recv_bytes())
        except EOFError:  # a caller has checked whether this process listens
            return
        (exchange, topic, server), (ctxt, message) = request["place"], request["content"]
        replies = queue.Queue() if request["wait"] else None
        impl_fake.FakeExchangeManager(exchange).get_exchange(None).deliver_message(
            topic, ctxt, message, server=server, reply_q=replies
        )
        connection.send_bytes(jsonutils.dump_as_bytes(_answer(replies, request["wait"])))


def _answer(replies: queue.Queue | None, wait: dict | None) -> dict:
    if replies is None:
        return {"reply": None}
    try:
        reply, failure = replies.get(timeout=wait["timeout"])
    except queue.Empty:
        return {"timeout": True}
    if failure:
        return {"failure": common.serialize_remote_exception((type(failure), failure, failure.__traceback__))}
    return {"reply": reply}
