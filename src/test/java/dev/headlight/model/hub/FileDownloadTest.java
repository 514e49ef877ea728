package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.model.hub.DownloadStatus.State;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files are resumed where they broke off, and their content is what the hub lists. */
class FileDownloadTest extends HubFaultTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aConnectionThatBreaksAtRandomBytesIsTakenUpWhereItBroke(long seed) throws IOException {
        Random random = new Random(seed);
        hub.fault((e, file, content, from) -> {
            int most = content.length - (int) from;
            LocalHub.send(e, content, from, from + Math.min(most, 1 + random.nextInt(Math.max(1, content.length / 3))));
            return true;
        });
        assertWhole(bring(), WHOLE);
        assertThat(starts())
                .hasSizeGreaterThan(2)
                .isSorted()
                .doesNotHaveDuplicates()
                .startsWith(0L);
    }

    @Test
    void aServerThatKnowsNoRangesAndBreaksOffStillEndsWell() throws IOException {
        hub.ignoreRanges();
        AtomicInteger time = new AtomicInteger();
        hub.fault(ofWeights((e, file, content, from) -> {
            LocalHub.send(e, content, 0, Math.min(content.length, time.incrementAndGet() * 70_000L));
            return true;
        }));
        assertWhole(bring(), WHOLE);
        assertThat(starts()).hasSize(5);
    }

    @Test
    void withoutProgressItIsGivenUpAndWhatCameIsUsedTheNextTime() throws IOException {
        hub.fault(ofWeights(cutAt(123_456)));
        assertThat(failure()).contains("the connection to the hub broke", "given up after 4 attempts without progress");
        assertThat(downloads.find(ID).progress().bytes()).isGreaterThan(123_456);
        assertThat(staged(WEIGHTS)).hasSize(123_456);
        hub.fault((e, file, content, from) -> false);
        hub.seen().clear();
        assertWhole(bring(), WHOLE);
        assertThat(starts()).containsExactly(123_456L);
        assertThat(hub.asked("config.json")).as("verified where it lies").isZero();
    }

    @Test
    void aServiceThatStartsAnewGoesOnWhereTheLastOneStopped() throws IOException {
        hub.fault(ofWeights((e, file, content, from) -> {
            LocalHub.send(e, content, from, 100_000);
            pause(30_000);
            return true;
        }));
        request();
        await(() -> bytes(staged(WEIGHTS)) == 100_000);
        downloads.close();
        hub.fault((e, file, content, from) -> false);
        downloads = downloads(null);
        DownloadStatus left = downloads.find(ID);
        assertThat(left.state()).isEqualTo(State.FAILED);
        assertThat(left.reason()).contains("the service stopped");
        assertThat(left.progress().bytes()).isGreaterThan(100_000).isLessThan(LARGE);
        hub.seen().clear();
        assertWhole(bring(), WHOLE);
        assertThat(starts()).containsExactly(100_000L);
    }

    @Test
    void aBranchThatMovedOnIsNotMixedWithWhatCameBefore() throws IOException {
        hub.fault(ofWeights(cutAt(50_000)));
        assertThat(failure()).contains("given up");
        hub.fault((e, file, content, from) -> false);
        Map<String, byte[]> files = files();
        new Random(6).nextBytes(files.get(WEIGHTS));
        files.remove("tokenizer.json");
        hub.with(REPO, files);
        hub.seen().clear();
        assertWhole(bring(), "config.json", "LICENSE", WEIGHTS);
        assertThat(starts()).containsExactly(50_000L, 0L);
    }

    @Test
    void whatIsLongerThanTheFileIsThrownAway() throws IOException {
        Files.createDirectories(staged("x").getParent());
        Files.write(staged(WEIGHTS), new byte[LARGE + 1]);
        Files.write(staged("config.json"), new byte[LARGE]);
        Files.writeString(staged("left-over.safetensors"), "of another revision");
        assertWhole(bring(), WHOLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {WEIGHTS, "config.json"})
    void aWrongChecksumIsRefused(String wrong) throws IOException {
        hub.fault((e, file, content, from) -> {
            byte[] other = content.clone();
            other[content.length / 2] ^= 1;
            LocalHub.send(e, file.equals(wrong) ? other : content, from, content.length);
            return true;
        });
        assertThat(failure()).contains("the checksum of " + wrong + " was wrong 2 times");
        assertThat(hub.asked(wrong)).isEqualTo(2);
        assertThat(staged(wrong)).doesNotExist();
        hub.fault((e, file, content, from) -> false);
        assertWhole(bring(), WHOLE);
    }

    @Test
    void aFileThatIsShorterThanListedIsRefused() throws IOException {
        hub.fault(ofWeights((e, file, content, from) -> {
            byte[] half = Arrays.copyOf(content, 1000);
            if (from >= half.length) {
                e.sendResponseHeaders(416, -1);
            } else {
                LocalHub.send(e, half, from, half.length);
            }
            return true;
        }));
        assertThat(failure()).contains("the answer ended before the end of the file");
    }

    @Test
    void noMoreIsWrittenThanIsListed() throws IOException {
        hub.fault(ofWeights((e, file, content, from) -> {
            byte[] more = Arrays.copyOf(content, 3 * LARGE);
            LocalHub.send(e, more, from, more.length);
            return true;
        }));
        assertWhole(bring(), WHOLE); // what is listed of it is right
    }

    @Test
    void aServerThatRefusesARangeIsAskedForAll() throws IOException {
        AtomicInteger whole = new AtomicInteger();
        hub.fault(ofWeights((e, file, content, from) -> {
            if (from > 0) {
                e.sendResponseHeaders(416, -1);
            } else {
                LocalHub.send(e, content, 0, whole.getAndIncrement() == 0 ? 1000 : content.length);
            }
            return true;
        }));
        assertWhole(bring(), WHOLE);
        assertThat(starts()).containsExactly(0L, 1000L, 0L);
    }

    @Test
    void anAnswerWithAnotherRangeIsNotUsed() {
        AtomicInteger time = new AtomicInteger();
        hub.fault(ofWeights((e, file, content, from) -> {
            LocalHub.send(e, content, time.getAndIncrement() == 0 ? 0 : from + 1, from + 100);
            return true;
        }));
        assertThat(failure()).contains("another part of the file");
    }
}
