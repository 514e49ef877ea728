package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.HeadlightApplication;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** What a stopping service does with its requests. */
class ShutdownTest {
    private static ConfigurableApplicationContext start(String phase) {
        return new SpringApplicationBuilder(HeadlightApplication.class)
                .run(
                        "--server.port=0",
                        "--headlight.device=cpu",
                        "--headlight.hub.enabled=false",
                        "--spring.lifecycle.timeout-per-shutdown-phase=" + phase);
    }

    private static int port(ConfigurableApplicationContext service) {
        return ((ServletWebServerApplicationContext) service).getWebServer().getPort();
    }

    private static RawClient busy(ConfigurableApplicationContext service) throws Exception {
        RawClient client = new RawClient(port(service));
        client.send(RawClient.post("/patching", LongRequests.sweep(), "application/json"));
        Workers workers = service.getBean(Workers.class);
        while (workers.running() == 0) {
            Thread.sleep(1);
        }
        return client;
    }

    @Test
    void aRequestThatTakesTooLongIs503AndDoesNotHoldTheProcess() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        ConfigurableApplicationContext service = start("3s"); // 2 of them are for the last answers
        try (RawClient client = busy(service)) {
            long start = System.nanoTime();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(service::close);
            RawClient.Answer answer = client.answer();
            double answered = (System.nanoTime() - start) / 1e9;
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("/problems/not-ready", "the service stops", "\"done\":");
            assertThat(answered).isBetween(0.9, 2.5);
            stopped.get(30, TimeUnit.SECONDS);
            double closed = (System.nanoTime() - start) / 1e9;
            System.out.println("Shutdown: answered after " + answered + " s, closed after " + closed + " s");
            assertThat(closed).isLessThan(5);
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(t -> t.getName().startsWith("worker-") && !before.contains(t));
        }
    }

    @Test
    void abandonedWorkEndsAtOnce() throws Exception {
        ConfigurableApplicationContext service = start("30s");
        RawClient client = busy(service);
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(service::close);
        Thread.sleep(500);
        assertThat(stopped).isNotDone();
        long start = System.nanoTime();
        client.close();
        stopped.get(30, TimeUnit.SECONDS);
        double closed = (System.nanoTime() - start) / 1e9;
        System.out.println("Shutdown: closed " + closed + " s after the client had gone");
        assertThat(closed).isLessThan(3);
    }
}
