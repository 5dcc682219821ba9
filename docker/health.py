"""Ends with 0 where what runs in this container is well: `serve` is ready (/v2/health/ready), or the studio listens."""

import socket
import sys
import urllib.error
import urllib.request

READY = "http://127.0.0.1:8018/v2/health/ready"

try:
    with urllib.request.urlopen(READY, timeout=5) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except urllib.error.HTTPError:
    sys.exit(1)
except OSError:
    socket.create_connection(("127.0.0.1", 8017), 5).close()
