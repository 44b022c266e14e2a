"""A mail server by aiosmtpd with STARTTLS and AUTH, which prints each letter as a line of JSON: server.py CERT KEY USER PASSWORD"""

import base64
import json
import socket
import ssl
import sys
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

warnings.simplefilter("ignore")


class Print:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "content": base64.b64encode(envelope.original_content).decode(),
            "tls": session.ssl is not None, "user": session.auth_data.login.decode(),
        }), flush=True)
        return "250 OK"


cert, key, user, password = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == user.encode() and data.password == password.encode()
    return AuthResult(success=good, handled=False, auth_data=data)


controller = Controller(Print(), hostname="127.0.0.1", port=0, tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate)
controller.ready_timeout = 60
free = socket.socket()  # the controller connects to its own port to see that it serves, so that it must be known before
free.bind(("127.0.0.1", 0))
controller.port = free.getsockname()[1]
free.close()
controller.start()
print(json.dumps({"port": controller.port}), flush=True)
sys.stdin.read()  # until the test ends
controller.stop()
