"""`make run`: start everything, print a sign-in link, keep it running until told to end."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from .broker import choose_broker, describe_broker, wait_for_broker
from .children import Child, ChildSpec
from .errors import StartError
from .network import open_listener
from .stack import (
    Options,
    describe_django,
    describe_web,
    describe_workers,
    lock_data_dir,
    make_environment,
    read_options,
)
from .supervisor import Stopped, Supervisor

READY_SECONDS = 90.0


def say(text: str) -> None:
    try:
        print(text, flush=True)
    except OSError:
        # The terminal is gone; the log files are not.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def start_broker(supervisor: Supervisor, options: Options, env: dict[str, str]) -> None:
    broker = choose_broker(options.data_dir / "broker")
    log = options.data_dir / "logs" / "broker.log"
    supervisor.add(describe_broker(broker, env=env, log=log))
    wait_for_broker(broker)
    env["BROKER_URL"] = broker.url


def run_preparation(
    supervisor: Supervisor, options: Options, env: Mapping[str, str]
) -> dict[str, object]:
    answer, question = os.pipe()
    module = "evalsite.processes.prepare"
    command = (sys.executable, "-m", module, options.base_url, str(question))
    log = options.data_dir / "logs" / "prepare.log"
    with os.fdopen(answer, encoding="utf-8") as channel:
        try:
            child = supervisor.run_once(ChildSpec("prepare", command, env, log, (question,)))
        finally:
            os.close(question)
        text = channel.read()
    if not text:
        raise StartError(f"The database could not be prepared:\n{child.read_last_lines()}")
    result = json.loads(text)
    if "error" in result:
        raise StartError(result["error"])
    return result


def is_ready(options: Options) -> bool:
    address = urlsplit(options.base_url)
    connection = http.client.HTTPConnection(str(address.hostname), options.port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until_ready(supervisor: Supervisor, web: Child, options: Options) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready(options):
        supervisor.pause()
        if web.n_failures >= 3 or time.monotonic() > deadline:
            raise StartError(f"The web server did not become ready:\n{web.read_last_lines()}")


def announce(options: Options, link: str) -> None:
    rule = "─" * 78
    lines = [rule, f"  Earwitness runs. Sign in, once: {link}"]
    lines += [f"  From the local network:         {url}/" for url in options.network_urls]
    lines += [
        f"  Data: {options.data_dir}   Logs: {options.data_dir / 'logs'}",
        "  Ctrl-C ends everything; what was saved stays.",
        rule,
    ]
    say("\n".join(lines))


def run(supervisor: Supervisor, options: Options, *, has_demo: bool) -> None:
    listener = open_listener(options.host, options.port)
    env = make_environment(options, os.environ)
    logs = options.data_dir / "logs"
    say("Preparing the database …")
    if not env.get("BROKER_URL"):
        start_broker(supervisor, options, env)
    prepared = run_preparation(supervisor, options, env)
    say("Starting the web server …")
    web = supervisor.add(describe_web(listener.fileno(), env=env, logs=logs))
    wait_until_ready(supervisor, web, options)
    # Only now: on two cores they would make the first page wait.
    for spec in describe_workers(env=env, logs=logs):
        supervisor.add(spec)
    announce(options, str(prepared["sign_in_link"]))
    if has_demo and (prepared["needs_demo"] or options.music):
        arguments = ["demo", *(("--music", str(options.music)) if options.music else ())]
        supervisor.add(describe_django("demo", *arguments, env=env, logs=logs))
    while True:
        supervisor.pause()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evalsite.processes", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="8000")
    parser.add_argument("--music", default="", help="a folder with recordings for the demo")
    parser.add_argument("--no-demo", dest="has_demo", action="store_false")
    parser.add_argument("--parent", type=int, default=None, help="end when this process ends")
    given = parser.parse_args(arguments)
    supervisor = Supervisor(say=say, parent=given.parent or os.getppid())
    supervisor.watch_signals()
    try:
        options = read_options(given.host, given.port, given.music, os.environ)
        with lock_data_dir(options.data_dir):
            try:
                run(supervisor, options, has_demo=given.has_demo)
            finally:
                supervisor.stop()
    except StartError as error:
        print(error, file=sys.stderr, flush=True)
        return 2
    except Stopped as reason:
        say(f"Ended by {reason}. Everything is stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
