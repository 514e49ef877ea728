package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.model.hub.DownloadStatus.State;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which failures of the hub are retried, and how long a download waits. */
class RetryPolicyTest extends HubFaultTest {
    @Test
    void aSlowTrickleIsWaitedForAsLongAsItRuns() throws IOException {
        hub.fault(ofWeights((e, file, content, from) -> {
            e.sendResponseHeaders(200, content.length);
            int piece = content.length / 60;
            for (int at = 0; at < content.length; at += piece) {
                e.getResponseBody().write(content, at, Math.min(piece, content.length - at));
                e.getResponseBody().flush();
                pause(25);
            }
            return true;
        }));
        long start = System.nanoTime();
        assertWhole(bring(), WHOLE);
        assertThat(System.nanoTime() - start).as("longer than the timeout").isGreaterThan(1_400_000_000L);
        assertThat(starts()).containsExactly(0L);
    }

    @Test
    void aConnectionThatStallsIsGivenUpAndTakenUpAgain() throws IOException {
        hub.fault(ofWeights(times(1, (e, file, content, from) -> {
            LocalHub.send(e, content, from, 200_000);
            pause(30_000);
            return true;
        })));
        assertWhole(bring(), WHOLE);
        assertThat(starts()).containsExactly(0L, 200_000L);
    }

    @Test
    void aServerThatNeverAnswersIsGivenUp() {
        hub.listingFault((e, file, content, from) -> {
            pause(30_000);
            return true;
        });
        assertThat(failure()).contains("no answer from the hub for 1000 ms", "after 4 attempts");
    }

    @Test
    void aHubThatIsNotThereIsSaidToBeSo() {
        hub.close();
        assertThat(failure()).contains("cannot connect to the hub");
        hub = new LocalHub();
    }

    @Test
    void whoAsksForPatienceGetsIt() throws IOException {
        hub.fault(ofWeights(times(1, status(429, "Retry-After", "1"))));
        long start = System.nanoTime();
        assertWhole(bring(), WHOLE);
        assertThat(System.nanoTime() - start).isGreaterThan(1_000_000_000L);
        assertThat(hub.asked(WEIGHTS)).isEqualTo(2);
    }

    @Test
    void whoAsksForTooMuchPatienceDoesNot() {
        hub.listingFault(status(429, "Retry-After", "3600"));
        assertThat(failure()).contains("429", "asks to wait for 3600 s");
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503})
    void whatMayPassIsTriedAgain(int status) throws IOException {
        hub.listingFault(times(3, status(status)));
        assertWhole(bring(), WHOLE);
        hub.listingFault(status(status));
        assertThat(downloads.request(Repository.of(REPO, "main")).state()).isEqualTo(State.AVAILABLE);
    }
}
