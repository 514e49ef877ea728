"""Tests of what the benchmark itself could get wrong: the client's reading of answers, budgets, ratios and aims.  python bench/tests.py"""
import json
import math
import os
import random
import socket
import sys
import tempfile
import threading
import time
import types
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
for missing in ("numpy", "safetensors", "safetensors.numpy"):  # not needed here, and not installed where CI runs
    try:
        __import__(missing)
    except ImportError:
        sys.modules[missing] = types.ModuleType(missing)
import common
import kill_hub
import load
import report
import soak_clients
import soak_requests

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\na0\n\r\n0\r\n\r\n"


class Server:
    """Answers every request with the same bytes, cut into pieces."""

    def __init__(self, answer, pieces=1, closes=False):
        self.answer, self.pieces, self.closes, self.requests = answer, pieces, closes, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        while connection.recv(1 << 16):
            self.requests += 1
            step = -(-len(self.answer) // self.pieces)
            for at in range(0, len(self.answer), step):
                connection.sendall(self.answer[at : at + step])
                time.sleep(0.002 if self.pieces > 1 else 0)
            if self.closes:
                connection.close()
                return


def ask(server, clients=1, least=1, **more):
    return load.run([server.port], load.request("/x", b"{}", "application/json"), clients, 0, least, **more)


class LoadTest(unittest.TestCase):
    def test_an_answer_with_a_length_ends_after_its_bytes(self):
        for pieces in (1, 2, 7, len(PLAIN)):
            self.assertEqual(ask(Server(PLAIN, pieces))["bytes"], 5)

    def test_a_chunked_answer_ends_at_its_last_chunk_only(self):
        for pieces in (1, 2, 5, len(CHUNKED)):
            server = Server(CHUNKED, pieces)
            result = ask(server, least=2)
            self.assertEqual((result["bytes"], server.requests), (23, 2))

    def test_another_status_is_not_counted_as_an_answer(self):
        self.assertEqual(ask(Server(PLAIN.replace(b"200", b"503")))["bad"], [503])

    def test_a_connection_that_the_server_closes_is_opened_again(self):
        server = Server(PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), closes=True)
        self.assertEqual(len(ask(server, least=3)["latencies"]), 3)

    def test_every_client_sends_one_request_if_one_answer_is_enough(self):
        server = Server(PLAIN, pieces=3)
        result = ask(server, clients=16)
        self.assertEqual((server.requests, len(result["latencies"])), (16, 16))

    def test_a_request_that_is_never_answered_is_counted_at_the_limit(self):
        result = ask(Server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), limit=0.1)
        self.assertEqual((result["unanswered"], result["latencies"]), (1, []))


class BudgetTest(unittest.TestCase):
    def test_there_is_one_round_even_without_time(self):
        self.assertEqual(list(common.Budget(-1).rounds(5)), [0])

    def test_a_round_starts_only_if_it_fits(self):
        seen = []
        for number in common.Budget(0.25).rounds(50):
            seen.append(number)
            time.sleep(0.1)
        self.assertEqual(seen, [0, 1])


def section(rows, **more):
    return {"capture": dict(rows=rows, checks=[], notes=[], **more)}


def page(results):
    machine = dict(command="bench/run", date="d", minutes=1, commit="c", facts={"machine": "m"})
    return report.write(results, machine, {"warm": "", "sample": ""})


class ReportTest(unittest.TestCase):
    def compared(self, high, ours, theirs, aim):
        results = common.Results()
        results.comparison("case", "/s", ours, {"P": theirs}, {"P": aim}, high=high)
        return section(results.rows)

    def test_the_ratio_is_above_one_where_headlight_is_faster(self):
        self.assertIn("| P | 10.0 /s | 2.00 | 1.50 - 3.00 | 3 | ≥ 2 | reached |", page(self.compared(True, [20, 30, 15], [10, 10, 10], 2)))
        self.assertIn("| P | 20.0 /s | 2.00 | 1.50 - 3.00 | 3 | ≥ 2 | reached |", page(self.compared(False, [10, 10, 10], [20, 30, 15], 2)))

    def test_the_median_of_the_ratios_decides_not_the_ratio_of_the_medians(self):
        found = page(self.compared(True, [10, 20, 30], [10, 40, 10], 1))
        self.assertIn("| 1.00 | 0.50 - 3.00 |", found)

    def test_a_missed_aim_is_said_and_counted(self):
        found = page(self.compared(True, [19.9], [10], 2))
        self.assertIn("≥ 2 | **missed** |", found)
        self.assertIn("**0 of 1 aims are reached.**", found)

    def test_a_figure_above_its_aim_is_missed(self):
        for value, verdict in ((4.0, "reached"), (4.1, "**missed**")):
            results = common.Results()
            results.figure("ready", "s", [value], 4.0)
            self.assertIn(f"≤ 4.00 | {verdict} |", page(section(results.rows)))

    def test_a_failed_section_says_why(self):
        self.assertIn("Not measured: no jar", page(section([], error="no jar")))

    def test_the_worst_difference_of_a_peer_is_shown(self):
        results = common.Results()
        for d in (1e-7, 3e-5, 1e-6):
            results.check(f"patterns, {d}", "B", d, 2e-5)
        self.assertEqual([c["passed"] for c in results.checks], [True, False, True])
        data = section([])
        data["capture"]["checks"] = results.checks
        self.assertIn("| B | 3 | patterns, 3e-05 | 3.0e-05 | 2e-05 |", page(data))


class SoakTest(unittest.TestCase):
    def test_answers_alike_but_for_rounding_and_provenance(self):
        a = {"x": [1.0, {"y": "z"}], "provenance": {"weights_sha256": None}}
        self.assertEqual(soak_clients.unlike(a, {"x": [1.00001, {"y": "z"}], "provenance": {"weights_sha256": "ab"}}), "")

    def test_an_answer_that_differs_is_named_by_its_path(self):
        a = {"x": [1.0, {"y": 2.0}]}
        for b, where in (({"x": [1.1, {"y": 2.0}]}, ".x[0]"), ({"x": [1.0, {"y": None}]}, ".x[1].y"), ({"x": [1.0]}, ".x"), ({}, ".")):
            self.assertTrue(soak_clients.unlike(a, b).startswith(where), b)

    def test_tensors_in_base64_are_compared_as_numbers(self):
        self.assertEqual(soak_clients.values({"dtype": "float32", "data": "AACAPwAAAEA="})["data"], [1.0, 2.0])

    def test_a_tensor_of_another_size_or_with_a_nan_is_no_match(self):
        self.assertEqual(soak_clients.largest_gap([1.0], [1.0, 2.0]), math.inf)
        self.assertEqual(soak_clients.largest_gap([0.5, math.nan], [0.0, 1.0]), math.inf)
        self.assertEqual(soak_clients.largest_gap([-math.inf, 1.0], [-math.inf, 1.0]), 0)

    def test_broken_requests_differ_from_the_example_and_can_be_sent(self):
        rng, body = random.Random(1), {"input": [1, 2], "hooks": ["a"]}
        drawn = [soak_requests.broken(rng, "/x", body) for _ in range(500)]
        self.assertTrue(all(r.raw().count(b"\r\n\r\n") for r in drawn))
        self.assertLess(sum(r.body == json.dumps(body).encode() and r.method == "POST" for r in drawn), 130)


class KillTest(unittest.TestCase):
    def test_the_hub_continues_a_file_where_the_client_stopped_and_counts_what_it_sends(self):
        with tempfile.TemporaryDirectory() as folder:
            kill_hub.make(folder, layers=1)
            hub = kill_hub.Hub(folder)
        whole, address = hub.files["model.safetensors"], f"{hub.endpoint}/kill/x/resolve/{kill_hub.COMMIT}/model.safetensors"
        with urllib.request.urlopen(urllib.request.Request(address, headers={"Range": f"bytes={len(whole) - 10}-"})) as answer:
            self.assertEqual((answer.status, answer.read()), (206, whole[-10:]))
        with urllib.request.urlopen(f"{hub.endpoint}/api/models/kill/x/revision/main?blobs=true") as answer:
            sizes = {f["rfilename"]: f["size"] for f in json.load(answer)["siblings"]}
        self.assertEqual((sizes["model.safetensors"], hub.sent), (len(whole), 10))
        hub.server.shutdown()

    def test_its_model_has_a_tensor_of_the_right_size_for_every_name(self):
        with tempfile.TemporaryDirectory() as folder:
            kill_hub.make(folder, layers=1)
            with open(f"{folder}/model.safetensors", "rb") as f:
                held = soak_requests.safetensors(f.read())
        sizes = {name: math.prod(shape) for name, shape in kill_hub.tensors(1)}
        self.assertEqual({name: len(values) for name, values in held.items()}, sizes)
        self.assertEqual(set(held["transformer.ln_f.weight"]), {1.0})
        self.assertTrue(all(math.isfinite(x) for values in held.values() for x in values[:1000]))


if __name__ == "__main__":
    unittest.main(warnings="ignore")
