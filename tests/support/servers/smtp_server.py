#!/usr/bin/env python3
"""A small mail server for tests (RFC 5321), as strict as those that people run.

    with SmtpServer(domains=["example.org"]) as server:
        ... server.port ... server.messages ... server.commands

Takes mail for `domains` only. `cert` and `key` offer STARTTLS, or TLS at once with `implicit_tls`; `login` (user,
password) makes AUTH a condition, and AUTH is taken under TLS alone. `faults` are replies given once each in place of
what a command asks for, e.g. [("RCPT", "451 4.3.0 try again later")]; the reply None closes the connection (of ".":
after the mail was taken), "silence" never answers. As a program: smtp_server.py [--port N] [--domain NAME ...] prints
"listening HOST:PORT" and each mail as a line of JSON. """
import argparse
import asyncio
import base64
import binascii
import email
import email.policy
import json
import re
import ssl
import sys
import threading

MAX_LINE = 1000  # with its CRLF
ADDRESS = re.compile(r"<([^<>\s@]{1,64}@[A-Za-z0-9.-]{1,255})>(.*)")


class Session:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.tls = server.implicit_tls
        self.user = None
        self.restart()

    def restart(self):
        self.greeted = False
        self.clear()

    def clear(self):
        self.sender, self.recipients = None, []

    async def reply(self, text):
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()

    async def line(self):
        line = await self.reader.readuntil(b"\n")
        if not line.endswith(b"\r\n") or len(line) > MAX_LINE:
            await self.reply("500 5.5.2 line without CRLF, or too long")
            raise ConnectionError
        return line[:-2]

    async def run(self):
        await self.reply("220 mail.test ESMTP")
        while True:
            text = (await self.line()).decode("ascii")
            verb, _, rest = text.partition(" ")
            verb = verb.upper()
            self.server.commands.append(text)
            fault = self.server.next_fault(verb)
            if fault == "silence":
                await asyncio.sleep(3600)
            elif fault is None:
                return
            elif fault:
                await self.reply(fault)
            elif verb == "QUIT":
                return await self.reply("221 2.0.0 bye")
            else:
                await getattr(self, "on_" + verb.lower(), self.unknown)(rest)

    async def unknown(self, rest):
        await self.reply("500 5.5.1 unknown command")

    async def on_ehlo(self, name):
        self.restart()
        self.greeted = True
        offers = ["mail.test", "SIZE 1000000"]
        if self.server.context and not self.tls:
            offers.append("STARTTLS")
        if self.server.login and self.tls:
            offers.append("AUTH PLAIN LOGIN")
        for offer in offers[:-1]:
            await self.reply("250-" + offer)
        await self.reply("250 " + offers[-1])

    async def on_helo(self, name):
        self.restart()
        self.greeted = True
        await self.reply("250 mail.test")

    async def on_starttls(self, rest):
        if not self.server.context or self.tls:
            return await self.reply("503 5.5.1 no TLS now")
        await self.reply("220 2.0.0 go ahead")
        await self.writer.start_tls(self.server.context)
        self.tls = True
        self.restart()

    async def on_auth(self, rest):
        if not self.tls:
            return await self.reply("538 5.7.11 encryption required")
        words = rest.split()
        if words[:1] != ["PLAIN"]:
            return await self.reply("504 5.5.4 only PLAIN")
        if len(words) == 1:
            await self.reply("334 ")
            words.append((await self.line()).decode("ascii"))
        try:
            user, password = base64.b64decode(words[1], validate=True).decode().split("\0")[1:]
        except (binascii.Error, ValueError):
            return await self.reply("501 5.5.2 not what PLAIN takes")
        if (user, password) != self.server.login:
            return await self.reply("535 5.7.8 wrong user or password")
        self.user = user
        await self.reply("235 2.7.0 welcome")

    async def on_mail(self, rest):
        match = ADDRESS.fullmatch(rest[5:]) if rest.upper().startswith("FROM:") else None
        if not self.greeted or self.sender:
            return await self.reply("503 5.5.1 not now")
        if self.server.login and not self.user:
            return await self.reply("530 5.7.0 login first")
        if not match:
            return await self.reply("501 5.1.7 no address")
        self.sender = match[1]
        await self.reply("250 2.1.0 ok")

    async def on_rcpt(self, rest):
        match = ADDRESS.fullmatch(rest[3:]) if rest.upper().startswith("TO:") else None
        if not self.sender:
            return await self.reply("503 5.5.1 MAIL first")
        if not match:
            return await self.reply("501 5.1.3 no address")
        if match[1].partition("@")[2] not in self.server.domains:
            return await self.reply("550 5.7.1 relay denied")
        self.recipients.append(match[1])
        await self.reply("250 2.1.5 ok")

    async def on_data(self, rest):
        if not self.recipients:
            return await self.reply("503 5.5.1 RCPT first")
        await self.reply("354 end with .")
        lines = []
        while (line := await self.line()) != b".":
            lines.append(line[1:] if line.startswith(b".") else line)
        raw = b"\r\n".join(lines)
        answer = self.server.take(self, raw)
        if self.server.next_fault(".") is None:
            raise ConnectionError
        await self.reply(answer)
        self.clear()

    async def on_rset(self, rest):
        self.clear()
        await self.reply("250 2.0.0 ok")

    async def on_noop(self, rest):
        await self.reply("250 2.0.0 ok")


class SmtpServer:
    def __init__(self, domains=("example.org",), cert=None, key=None, implicit_tls=False, login=None, faults=(),
                 port=0):
        self.domains, self.implicit_tls, self.login, self.faults = tuple(domains), implicit_tls, login, list(faults)
        self.messages, self.commands, self.connections = [], [], 0
        self.context, self.port = None, port
        self.on_message = lambda message: None
        if cert:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(cert, key)

    def next_fault(self, verb):
        """False: none is due."""
        for index, (of, reply) in enumerate(self.faults):
            if of == verb:
                del self.faults[index]
                return reply
        return False

    def take(self, session, raw):
        if any(byte > 126 or byte < 9 for byte in raw):
            return "554 5.6.0 bytes that SMTP does not carry"
        message = email.message_from_bytes(raw, policy=email.policy.default)
        if message.defects or any(len(message.get_all(name, [])) != 1
                                  for name in ("Date", "From", "Message-ID", "MIME-Version")):
            return "550 5.6.0 broken message"
        self.messages.append({"from": session.sender, "to": session.recipients, "tls": session.tls,
                              "user": session.user,
                              "message": message})
        self.on_message(self.messages[-1])
        return "250 2.0.0 taken"

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            await Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, UnicodeDecodeError,
                ssl.SSLError):
            pass
        except asyncio.CancelledError:
            return
        finally:
            writer.close()

    async def _run(self, ready):
        context = self.context if self.implicit_tls else None
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        ready.set()
        await self._end.wait()
        server.close()

    def __enter__(self):
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(ready)))
        self._thread.start()
        if not ready.wait(20):
            raise RuntimeError("the mail server did not start")
        return self

    def __exit__(self, *exception):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--domain", action="append", default=[])
    options = parser.parse_args()

    def show(taken):
        text = taken["message"].get_body(("plain",)).get_content()
        print(json.dumps({"from": taken["from"], "to": taken["to"], "subject": taken["message"]["Subject"],
                          "text": text}), flush=True)

    with SmtpServer(options.domain or ["example.org"], port=options.port) as server:
        server.on_message = show
        print(f"listening 127.0.0.1:{server.port}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()
