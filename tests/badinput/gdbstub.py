# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The few packets of the gdb remote protocol that stop QEMU at an address and change memory."""
import socket
import struct
import time


class Stub:
    RBX, RSI = 1, 4         # numbers of QEMU's x86-64 registers

    def __init__(self, path, patience=10):
        end = time.monotonic() + patience
        while True:
            try:
                self.sock = socket.socket(socket.AF_UNIX)
                self.sock.connect(path)
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        self.sock.settimeout(patience)
        self.buffer = b""

    def _packet(self):
        while True:
            start = self.buffer.find(b"$")
            end = self.buffer.find(b"#", start)
            if start >= 0 and end >= 0 and len(self.buffer) >= end + 3:
                body, self.buffer = self.buffer[start + 1:end], self.buffer[end + 3:]
                self.sock.sendall(b"+")
                return body.decode()
            got = self.sock.recv(4096)
            if not got:
                raise ConnectionError("the stub hung up")
            self.buffer += got

    def ask(self, text, answer=True):
        body = text.encode()
        self.sock.sendall(b"$" + body + b"#%02x" % (sum(body) & 0xff))
        return self._packet() if answer else None

    def run_to(self, address):
        assert self.ask(f"Z1,{address:x},1") == "OK"
        stop = self.ask("c")
        assert stop.startswith(("T05", "S05")), stop
        assert self.ask(f"z1,{address:x},1") == "OK"

    def register(self, number):
        # QEMU answers `p` only to who has asked for its XML; `g` gives all, eight bytes each.
        answer = bytes.fromhex(self.ask("g")[:16 * (number + 1)])
        return int.from_bytes(answer[8 * number:], "little")

    def read(self, address, size):
        return bytes.fromhex(self.ask(f"m{address:x},{size:x}"))

    def write(self, address, data):
        assert self.ask(f"M{address:x},{len(data):x}:{data.hex()}") == "OK"

    def write32(self, address, value):
        self.write(address, struct.pack("<I", value))

    def write64(self, address, value):
        self.write(address, struct.pack("<Q", value))

    def go(self):
        self.ask("c", answer=False)
