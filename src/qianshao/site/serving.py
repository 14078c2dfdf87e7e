"""Processes: the web server (stateless, two workers) and the background worker with its sweeper."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any

from qianshao.site.settings import JOB_PATIENCE, value
from qianshao.site.setup import CannotStart


def refuse_taken_port() -> None:
    """Say who is in the way before anything starts."""
    host, port = value("QIANSHAO_HOST"), int(value("PORT"))
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            raise CannotStart(
                f"端口 {port} 已被占用。请停止占用它的程序，或换一个端口：PORT={port + 1} make run"
            ) from taken


def serve_until_stopped(*, with_worker: bool = False) -> None:
    """Serve the interface and the web application until interrupted; the worker beside it when asked for."""
    from granian import Granian  # noqa: PLC0415 (only where it serves)
    from granian.constants import Interfaces  # noqa: PLC0415

    refuse_taken_port()
    helper = subprocess.Popen([sys.executable, "-m", "qianshao.site.main", "worker"]) if with_worker else None
    server: Any = Granian(
        target="qianshao.site.wsgi:application",
        address=value("QIANSHAO_HOST"),
        port=int(value("PORT")),
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=4,
        backlog=256,
        log_level="warning",
        workers_kill_timeout=10,
        respawn_failed_workers=True,
    )
    try:
        server.serve()
    finally:
        if helper is not None:
            helper.send_signal(signal.SIGTERM)
            helper.wait(timeout=30)


def work_until_stopped() -> None:
    """Do the queue's jobs until interrupted. The sweeper runs beside the queue, never in it: a sweep that waits behind a
    stalled job would never come. A database that restarts ends the round, not the worker."""
    from procrastinate.contrib.django import app  # noqa: PLC0415
    from procrastinate.exceptions import ConnectorException  # noqa: PLC0415

    threading.Thread(target=_sweep, name="sweeper", daemon=True).start()
    seconds = JOB_PATIENCE.total_seconds()
    while True:
        try:
            with app.replace_connector(app.connector.get_worker_connector()) as working:
                working.run_worker(
                    listen_notify=True,
                    install_signal_handlers=True,
                    concurrency=1,
                    delete_jobs="successful",
                    update_heartbeat_interval=seconds / 3,
                    stalled_worker_timeout=seconds,
                )
            return
        except ConnectorException as lost:
            sys.stderr.write(f"worker: {lost}\n")
            time.sleep(seconds / 10)


def _sweep() -> None:
    from django.db import close_old_connections  # noqa: PLC0415

    while os.getppid():
        close_old_connections()
        try:
            sweep_once()
        except Exception as failure:  # the sweeper outlives a database that is restarting
            sys.stderr.write(f"sweeper: {failure}\n")
        time.sleep(JOB_PATIENCE.total_seconds() / 3)


def sweep_once() -> list[int]:
    """Release runs whose holder fell silent, hand every waiting run to the queue, and settle the messages of dead workers.

    Returns the runs released.
    """
    from asgiref.sync import async_to_sync  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415
    from procrastinate.contrib.django.django_connector import DjangoConnector  # noqa: PLC0415
    from procrastinate.jobs import Status  # noqa: PLC0415
    from procrastinate.manager import JobManager  # noqa: PLC0415

    from qianshao.base.records.commands import hand_to_queue, release_stalled_jobs  # noqa: PLC0415
    from qianshao.base.records.queries import waiting_jobs  # noqa: PLC0415

    released = release_stalled_jobs(silent_since=timezone.now() - JOB_PATIENCE)
    for run_id, task in waiting_jobs():
        hand_to_queue(run_id=run_id, task=task)
    queue = JobManager(DjangoConnector(alias="default"))
    seconds = JOB_PATIENCE.total_seconds()
    for message in async_to_sync(queue.get_stalled_jobs)(seconds_since_heartbeat=seconds):
        async_to_sync(queue.finish_job)(message, Status.FAILED, delete_job=True)
    return released
