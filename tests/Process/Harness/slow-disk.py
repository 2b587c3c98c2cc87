"""Runs a command in its own place whose calls of one kind take as long as a file says, in seconds: slow-disk.py KIND FILE COMMAND...
KIND: sync (fsync, fdatasync), rename (rename, renameat, renameat2), or write or read at a place of a file in a folder named media (pwrite64, pread64).

The kernel asks a second process before each of these calls (seccomp, user notification): Linux 5.5, x86-64 or arm64, no privileges."""
import ctypes
import fcntl
import os
import platform
import select
import socket
import struct
import sys
import threading
import time

ARCHITECTURES = {"x86_64": (0xC000003E, 317, {"sync": (74, 75), "rename": (82, 264, 316), "write": (18,), "read": (17,)}),
                 "aarch64": (0xC00000B7, 277, {"sync": (82, 83), "rename": (38, 276), "write": (68,), "read": (67,)})}
RECEIVE, SEND, CONTINUE = 0xC0502100, 0xC0182101, 1


def delay(path):
    try:
        with open(path) as file:
            return float(file.read() or 0)
    except (OSError, ValueError):
        return 0.0


def is_media(process, descriptor):
    try:
        return "/media/" in os.readlink(f"/proc/{process}/fd/{descriptor}")
    except OSError:
        return False


def let_go(listener, number, path, is_watched):
    began = time.monotonic()
    while is_watched and time.monotonic() - began < delay(path):
        time.sleep(0.02)
    try:
        fcntl.ioctl(listener, SEND, struct.pack("=QqiI", number, 0, 0, CONTINUE))
    except OSError:
        pass  # The caller is gone, or was interrupted and asks again.


def watch(listener, path, kind):
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        if any(events & select.POLLHUP for _, events in poll.poll()):
            return
        asked = bytearray(80)
        try:
            fcntl.ioctl(listener, RECEIVE, asked)
        except OSError:
            continue
        number, process = struct.unpack_from("=QI", asked)
        is_watched = kind in ("sync", "rename") or is_media(process, struct.unpack_from("=Q", asked, 32)[0])
        threading.Thread(target=let_go, args=(listener, number, path, is_watched), daemon=True).start()


def filter_calls(architecture, seccomp, calls):
    libc = ctypes.CDLL(None, use_errno=True)
    # Each: code, jump if true, jump if false, value. Another architecture's calls pass; a watched call asks, every other passes.
    watched = [(0x15, len(calls) - i, 0, call) for i, call in enumerate(calls)]
    lines = [(0x20, 0, 0, 4), (0x15, 0, len(calls) + 1, architecture), (0x20, 0, 0, 0), *watched,
             (0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x7FC00000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(lines), ctypes.addressof(code)))
    if libc.prctl(38, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    listener = libc.syscall(seccomp, 1, 8, program)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


def main(kind, path, command):
    here, there = socket.socketpair()
    child = os.fork()
    if child == 0:
        # A grandchild: the command has no child that it did not start.
        if os.fork() != 0:
            os._exit(0)
        here.close()
        nothing = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        _, descriptors, _, _ = socket.recv_fds(there, 1, 1)
        if descriptors:
            watch(descriptors[0], path, kind)
        os._exit(0)
    os.waitpid(child, 0)
    there.close()
    architecture, seccomp, kinds = ARCHITECTURES[platform.machine()]
    listener = filter_calls(architecture, seccomp, kinds[kind])
    socket.send_fds(here, [b"x"], [listener])
    os.execv(command[0], command)


main(sys.argv[1], sys.argv[2], sys.argv[3:])
