"""Runs commands of the installed aws CLI, each in a fork of this process: the CLI's own code, without the start of an interpreter.

usage: aws.py SOCKET

A connection to the socket is one command: a line of JSON with args, env and dir; the answer is JSON with status, stdout and stderr. What a command
changes in its process ends with it. It ends when its stdin does.
"""
import base64
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile

import awscli.clidriver

SERVICES = {"s3": "s3", "s3api": "s3"}
MODELS = "service-2", "paginators-1", "waiters-2", "endpoint-rule-set-1"


class Models:
    """The files that describe the services, read once for all commands."""

    def __init__(self):
        session = awscli.clidriver.create_clidriver().session
        self.loader, self.known = session.get_component("data_loader"), set()
        sys.modules[type(session).__module__].create_loader = lambda search_path_string=None: self.loader

    def read(self, args):
        for name in (SERVICES.get(a, a) for a in args):
            if name in self.known or name not in self.loader.list_available_services("service-2"):
                continue
            self.known.add(name)
            for kind in MODELS:
                try:
                    self.loader.load_service_model(name, kind)
                except Exception:  # there is none; or the command will say it
                    pass


def command(args, env, dir):
    """Runs one command in this process and returns its exit status."""
    os.environ.clear()
    os.environ.update(env)
    os.chdir(dir)
    sys.argv = ["aws", *args]
    try:
        return awscli.clidriver.main()
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else int(e.code is not None)


def answer(connection, request):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    files = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    for fd, file in enumerate(files, 1):
        os.dup2(file.fileno(), fd)
    sys.stdout, sys.stderr = (open(fd, "w", encoding="utf-8", closefd=False) for fd in (1, 2))
    try:
        status = command(**request)
    except BaseException:
        import traceback
        traceback.print_exc()
        status = 255
    out = {"status": status or 0}
    for name, stream, file in zip(("stdout", "stderr"), (sys.stdout, sys.stderr), files):
        stream.flush()
        file.seek(0)
        out[name] = base64.b64encode(file.read()).decode()
    connection.sendall(json.dumps(out).encode())
    connection.close()


def serve(path):
    models = Models()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen(64)
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([door, sys.stdin], [], [])
        if door not in ready:
            return
        connection, _ = door.accept()
        with connection, connection.makefile("rb") as lines:
            request = json.loads(lines.readline())
            models.read(request["args"])
            gc.freeze()
            if os.fork() == 0:
                door.close()
                answer(connection, request)
                os._exit(0)


serve(sys.argv[1])
