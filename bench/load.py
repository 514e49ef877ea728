"""A closed-loop HTTP/1.1 client on raw sockets: one thread and epoll, so that it takes little of the cores that it measures."""
import selectors
import socket
import time

END_OF_CHUNKS = b"\r\n0\r\n\r\n"


class Connection:
    """One client: it sends a request, waits for the whole answer, and sends the next."""

    def __init__(self, port):
        self.port, self.buffer = port, bytearray(1 << 18)
        self.open()

    def open(self):
        self.closing = False
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.sent, self.head, self.early, self.tail, self.received = time.perf_counter(), None, b"", b"", 0
        self.socket.setblocking(True)
        self.socket.sendall(data)
        self.socket.setblocking(False)

    def receive(self):
        """Reads what is there; true once the answer is complete."""
        try:
            count = self.socket.recv_into(self.buffer)
        except BlockingIOError:
            return False
        if count == 0:
            raise ConnectionError("closed before the end of an answer")
        part = memoryview(self.buffer)[:count]
        if self.head is None:
            self.early += part
            end = self.early.find(b"\r\n\r\n")
            if end < 0:
                return False
            self.read_head(self.early[:end])
            part = self.early[end + 4 :]
        self.received += len(part)
        if self.length is not None:
            return self.received >= self.length
        # Walking the chunks would cost as much as all else here. JSON holds no such bytes; a tensor's would have to end a read.
        self.tail = (self.tail + bytes(part[-7:]))[-7:]
        return self.tail == END_OF_CHUNKS or (self.received == 5 and self.tail == END_OF_CHUNKS[2:])

    def read_head(self, head):
        self.head = head.lower().decode("latin1").split("\r\n")
        self.status, self.length = int(self.head[0].split(" ", 2)[1]), None
        for line in self.head:
            name, _, value = line.partition(":")
            if name == "content-length":
                self.length = int(value)
            elif name == "connection":
                self.closing = "close" in value  # the server closes it after a number of requests

    def close(self):
        self.socket.close()


def request(path, body, accept):
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: {accept}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def run(ports, data, clients, seconds, least, limit=300):
    """
    Clients that send one request after the other for some seconds, and until at least some are answered.

    They are dealt out to the ports. Returns requests a second, every latency in seconds, the statuses other than 200, the
    bytes of an answer, the share of a core that this client used itself, and how many requests were unanswered at the limit.
    """
    selector = selectors.DefaultSelector()
    connections = [Connection(ports[i % len(ports)]) for i in range(clients)]
    latencies, bad, size, live, in_time, stop = [], [], 0, clients, 0, None
    cpu, start = time.process_time(), time.perf_counter()
    for c in connections:
        selector.register(c.socket, selectors.EVENT_READ, c)
        c.send(data)
    while live and time.perf_counter() - start < limit:
        for key, _ in selector.select(1):
            c = key.data
            if not c.receive():
                continue
            now = time.perf_counter()
            latencies.append(now - c.sent)
            size = c.received
            if c.status != 200:
                bad.append(c.status)
            if stop is None:
                in_time += 1
                if now - start >= seconds and in_time >= least:
                    stop = now
            if stop is None:
                if c.closing:
                    selector.unregister(c.socket)
                    c.close()
                    c.open()
                    selector.register(c.socket, selectors.EVENT_READ, c)
                c.send(data)
            else:
                live -= 1
                selector.unregister(c.socket)
    elapsed = time.perf_counter() - start
    cpu = (time.process_time() - cpu) / elapsed
    for c in connections:
        c.close()
    rate = in_time / (elapsed if stop is None else stop - start)
    return dict(rate=rate, latencies=latencies, bad=bad, bytes=size, client=cpu, unanswered=live)


def quantile(values, share):
    """In the unit of the values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
