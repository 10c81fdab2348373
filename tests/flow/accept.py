"""accept.py SOCKET GROUP COMMAND...: as kdcsync-apply.socket and its service do:
runs COMMAND with each connection as its stdin and stdout."""

import grp
import os
import signal
import socket
import sys

path, group, command = sys.argv[1], sys.argv[2], sys.argv[3:]
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
listener = socket.socket(socket.AF_UNIX)
os.umask(0o117)
listener.bind(path)
os.chown(path, 0, grp.getgrnam(group).gr_gid)
listener.listen()
while True:
    connection, _ = listener.accept()
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.umask(0o022)
        os.dup2(connection.fileno(), 0)
        os.dup2(connection.fileno(), 1)
        os.execvp(command[0], command)
    connection.close()
