"""Runs a Python handler under the Lambda Runtime API. Imports are few, and some late: each one costs every cold start."""
import json
import os
import socket
import sys
import time

API = "/2018-06-01/runtime/"
HERE = os.path.abspath(__file__)


class Runtime:
    """The Runtime API on one connection, which is kept."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.address = (host, int(port))
        self.stream = None

    def connect(self):
        connection = socket.create_connection(self.address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = connection.makefile("rwb")

    def ask(self, method, path, body=b"", headers=()):
        """Sends a request. Returns the status, the headers in lower case, and the body."""
        if self.stream is None:
            self.connect()
        lines = ["%s %s%s HTTP/1.1" % (method, API, path), "Host: %s:%d" % self.address, "Content-Length: %d" % len(body)]
        lines += ["%s: %s" % h for h in headers]
        self.stream.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        self.stream.flush()
        status = int(self.stream.readline().split(b" ", 2)[1])
        found = {}
        while True:
            line = self.stream.readline()
            if line in (b"\r\n", b""):
                break
            name, value = line.decode("latin-1").split(":", 1)
            found[name.strip().lower()] = value.strip()
        body = self.stream.read(int(found.get("content-length", 0)))
        if found.get("connection") == "close":
            self.stream = None
        return status, found, body

    def fail(self, path, failure):
        body = json.dumps(failure).encode()
        headers = [("Content-Type", "application/json"), ("Lambda-Runtime-Function-Error-Type", failure["errorType"].encode("ascii", "replace").decode())]
        self.ask("POST", path, body, headers)


class Fault(Exception):
    """What is wrong with the function before or after its handler runs."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, list(trace)


class Identity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class Client:
    def __init__(self, told):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, told.get(name))


class ClientContext:
    def __init__(self, told):
        self.custom = told.get("custom")
        self.env = told.get("env")
        self.client = Client(told["client"]) if told.get("client") else None


class Context:
    """"Using the Lambda context object to retrieve Python function information"."""

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.deadline = int(headers["lambda-runtime-deadline-ms"])
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = Identity()
        self.client_context = None
        if headers.get("lambda-runtime-client-context"):
            try:
                self.client_context = ClientContext(json.loads(headers["lambda-runtime-client-context"]))
            except (ValueError, AttributeError, TypeError) as e:
                raise Fault("Runtime.LambdaContextUnmarshalError", "Unable to parse Client Context: %s" % e)

    def get_remaining_time_in_millis(self):
        return max(self.deadline - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


def load(name):
    """Finds the handler "module.function"."""
    module, dot, function = name.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module = module.replace("/", ".")
    try:
        import importlib
        found = importlib.import_module(module)
    except ImportError as e:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module, e))
    except SyntaxError as e:
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module, e),
                    ['  File "%s" Line %s\n    %s' % (e.filename, e.lineno, (e.text or "").rstrip("\n"))])
    try:
        return getattr(found, function)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, module))


def describe(error, request):
    """An exception as AWS's runtimes tell it."""
    if isinstance(error, Fault):
        return {"errorMessage": error.message, "errorType": error.kind, "requestId": request, "stackTrace": error.trace}
    import traceback
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != HERE and not f.filename.startswith("<frozen")]
    return {"errorMessage": str(error), "errorType": type(error).__name__, "requestId": request, "stackTrace": traceback.format_list(frames)}


def tell(failure):
    """Writes an error to the log, as one line: a log event each."""
    lines = ["[ERROR] %s: %s" % (failure["errorType"], failure["errorMessage"])]
    if failure["stackTrace"]:
        lines += ["Traceback (most recent call last):"] + [part for frame in failure["stackTrace"] for part in frame.rstrip("\n").split("\n")]
    sys.stdout.write("\r".join(lines).replace("\n", "\r") + "\n")
    sys.stdout.flush()


def logging_as_documented(request):
    """Once the function uses logging, its root logger writes AWS's format."""
    logging = sys.modules.get("logging")
    if logging is None or not hasattr(logging, "getLogger"):
        return
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stdout)
        form = logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")
        form.converter = time.gmtime
        handler.setFormatter(form)
        handler.addFilter(stamp)
        root.addHandler(handler)
    stamp.request = request


def stamp(record):
    record.aws_request_id = stamp.request
    return True


stamp.request = ""


def plain(value):
    """What json cannot write by itself."""
    if type(value).__name__ == "Decimal":
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def handle(runtime, handler):
    status, headers, event = runtime.ask("GET", "invocation/next")
    if status != 200:
        raise SystemExit("the Runtime API answered %d: %s" % (status, event.decode("utf-8", "replace")))
    request = headers["lambda-runtime-aws-request-id"]
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
    logging_as_documented(request)
    try:
        context = Context(headers)
        try:
            event = json.loads(event)
        except ValueError as e:
            raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % e)
        result = handler(event, context)
        logging_as_documented(request)
        try:
            body = json.dumps(result, default=plain, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError) as e:
            raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % e)
    except Exception as e:
        failure = describe(e, request)
        tell(failure)
        flush()
        runtime.fail("invocation/%s/error" % request, failure)
        return
    flush()
    runtime.ask("POST", "invocation/%s/response" % request, body, [("Content-Type", "application/json")])


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # the function closed it
            pass


def main():
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    version = "python%d.%d" % sys.version_info[:2]
    sys.path[1:1] = [p for p in ("/opt/python/lib/%s/site-packages" % version, "/opt/python") if os.path.isdir(p)]
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    runtime = Runtime(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as e:
        failure = describe(e, "")
        tell(failure)
        runtime.fail("init/error", failure)
        sys.exit(1)
    while True:
        handle(runtime, handler)


if __name__ == "__main__":
    main()
