"""Ends with 0 where what runs in this container is well: `serve` is ready at this address, or the studio listens."""

import socket
import sys
import urllib.error
import urllib.request

STUDIO = ("127.0.0.1", 8017)

try:
    with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except urllib.error.HTTPError:
    sys.exit(1)
except OSError:
    socket.create_connection(STUDIO, 5).close()
