package dev.headlight.model.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What the tests of a faulty hub share: the faults, and what is asked for and kept after them. */
abstract class HubFaultTest extends HubTest {
    static final String WEIGHTS = "model.safetensors";

    static LocalHub.Fault ofWeights(LocalHub.Fault fault) {
        return (e, file, content, from) -> file.equals(WEIGHTS) && fault.answers(e, file, content, from);
    }

    static LocalHub.Fault times(int times, LocalHub.Fault fault) {
        AtomicInteger left = new AtomicInteger(times);
        return (e, file, content, from) -> left.getAndDecrement() > 0 && fault.answers(e, file, content, from);
    }

    static LocalHub.Fault status(int status, String... headers) {
        return (e, file, content, from) -> {
            for (int i = 0; i < headers.length; i += 2) {
                e.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            e.sendResponseHeaders(status, -1);
            return true;
        };
    }

    static LocalHub.Fault cutAt(long to) {
        return (e, file, content, from) -> {
            LocalHub.send(e, content, from, Math.max(from, to));
            return true;
        };
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    List<Long> starts() {
        return hub.seen().stream()
                .filter(s -> s.path().startsWith("/cdn") && s.path().endsWith(WEIGHTS))
                .map(s ->
                        s.range().equals("null") ? 0 : Long.parseLong(s.range().replaceAll("bytes=(\\d+)-", "$1")))
                .toList();
    }

    Path staged(String file) {
        return models.resolve(".downloads").resolve(ID).resolve(file);
    }

    static long bytes(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }
}
