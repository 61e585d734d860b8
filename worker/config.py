"""Celery's settings, from ours. Why each is as it is stands beside it."""

from __future__ import annotations

from ssl import CERT_REQUIRED
from typing import Any, Final
from urllib.parse import urlsplit

from core.settings import Settings
from core.tasks import QUEUE_SHORT, QUEUE_TRAIN, RUN, TICK

CHECKED: Final = {"ssl_cert_reqs": CERT_REQUIRED}
STARTING_S: Final = 60.0
"""What a run needs beside its training child."""


def visibility_timeout_s(settings: Settings) -> int:
    """After this long the broker gives an unacknowledged message to somebody else as well.

    It must outlast the longest run, or every long run would be delivered twice. A crash does not
    wait for it: the tick asks again for a run whose lease has expired.
    """
    return int(settings.run_max_seconds + settings.load_timeout_s + STARTING_S) * 2


def celery_config(settings: Settings) -> dict[str, Any]:
    visible_s = visibility_timeout_s(settings)
    return {
        "broker_url": settings.broker,
        # kombu speaks TLS only where it is told so, whatever the address begins with. What the
        # address's query names of it (`?ssl_ca_certs=...`) goes first.
        "broker_use_ssl": CHECKED if urlsplit(settings.broker).scheme == "rediss" else None,
        "broker_connection_retry_on_startup": True,
        # All three places, as kombu takes the shortest of those that share a broker.
        "visibility_timeout": visible_s,
        "broker_transport_options": {"visibility_timeout": visible_s},
        "result_backend_transport_options": {"visibility_timeout": visible_s},
        # Runs keep their own state; nothing is returned through Celery.
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_accept_content": ["json"],
        # At least once: a message is acknowledged when its work is over, and comes back when the
        # process that had it was killed. The lease makes the second delivery harmless.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "task_default_queue": QUEUE_SHORT,
        "task_routes": {TICK: {"queue": QUEUE_SHORT}, RUN: {"queue": QUEUE_TRAIN}},
        "task_create_missing_queues": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_max_tasks_per_child": 10_000,
        # In memory: what was sent last by an earlier beat, perhaps by another clock, is no matter.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_max_loop_interval": settings.tick_interval_s,
        "timezone": "UTC",
    }
