package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.headlight.model.hub.DownloadStatus.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** At the end there is a whole model or a clear error, whatever the hub does and whatever the disk holds. */
class DownloadFaultsTest extends HubTest {
    private static final String WEIGHTS = "model.safetensors";
    private static final String[] WHOLE = {"config.json", "tokenizer.json", "LICENSE", WEIGHTS};

    private static LocalHub.Fault ofWeights(LocalHub.Fault fault) {
        return (e, file, content, from) -> file.equals(WEIGHTS) && fault.answers(e, file, content, from);
    }

    private static LocalHub.Fault times(int times, LocalHub.Fault fault) {
        AtomicInteger left = new AtomicInteger(times);
        return (e, file, content, from) -> left.getAndDecrement() > 0 && fault.answers(e, file, content, from);
    }

    private static LocalHub.Fault status(int status, String... headers) {
        return (e, file, content, from) -> {
            for (int i = 0; i < headers.length; i += 2) {
                e.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            e.sendResponseHeaders(status, -1);
            return true;
        };
    }

    private static LocalHub.Fault cutAt(long to) {
        return (e, file, content, from) -> {
            LocalHub.send(e, content, from, Math.max(from, to));
            return true;
        };
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Long> starts() {
        return hub.seen().stream()
                .filter(s -> s.path().startsWith("/cdn") && s.path().endsWith(WEIGHTS))
                .map(s ->
                        s.range().equals("null") ? 0 : Long.parseLong(s.range().replaceAll("bytes=(\\d+)-", "$1")))
                .toList();
    }

    private Path staged(String file) {
        return models.resolve(".downloads").resolve(ID).resolve(file);
    }

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
    @CsvSource(delimiter = '|', textBlock = """
            401 | RepoNotFound     | there is no such repository, or it is private or gated, and needs a token that has access to it, in the environment variable HF_TOKEN
            403 | GatedRepo        | it is gated or private
            404 | RepoNotFound     | no such repository or revision
            404 | RevisionNotFound | there is no such revision
            410 | RepoNotFound     | no such repository or revision
            418 | -                | the hub answers 418 for owner/name at revision main
            """)
    void aRefusalIsSaidAtOnceAndInWords(int status, String code, String says) {
        hub.listingFault(status(status, "X-Error-Code", code));
        assertThat(failure()).contains("the hub answers " + status, says);
        assertThat(hub.seen()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503})
    void whatMayPassIsTriedAgain(int status) throws IOException {
        hub.listingFault(times(3, status(status)));
        assertWhole(bring(), WHOLE);
        hub.listingFault(status(status));
        assertThat(downloads.request(Repository.of(REPO, "main")).state()).isEqualTo(State.AVAILABLE);
    }

    @Test
    void aSignatureThatHasExpiredIsMadeAnew() throws IOException {
        hub.fault(ofWeights(times(2, status(403))));
        assertWhole(bring(), WHOLE);
        assertThat(hub.asked(WEIGHTS)).isEqualTo(3);
    }

    @Test
    void aRevisionThatVanishesBetweenTheListAndTheFilesIsSaidToHave() {
        Map<String, byte[]> files = files();
        hub.fault((e, file, content, from) -> {
            if (file.equals("config.json")) { // from now on there is another commit
                files.put("new", new byte[0]);
                hub.with(REPO, files);
            }
            return false;
        });
        String commit = hub.commit(REPO);
        assertThat(failure())
                .contains(
                        "the hub answers 404 for tokenizer.json of owner/name at commit " + commit, "no such revision");
    }

    @Test
    void theTokenGoesToTheHubAndNowhereElse() throws IOException {
        hub.require("hf_secret");
        assertThat(failure()).contains("401", "HF_TOKEN");
        downloads.close();
        downloads = downloads("hf_wrong");
        assertThat(failure())
                .contains("the token in the environment variable HF_TOKEN has no access")
                .doesNotContain("hf_wrong");
        downloads.close();
        downloads = downloads("hf_secret");
        hub.seen().clear();
        assertWhole(bring(), WHOLE);
        assertThat(hub.seen())
                .anyMatch(LocalHub.Seen::atCdn)
                .anyMatch(s -> s.path().contains("resolve-cache"));
        assertThat(hub.seen()).allMatch(s -> s.authorization().equals(s.atCdn() ? "null" : "Bearer hf_secret"));
    }

    @ParameterizedTest
    @CsvSource({
        "/api/models/owner/name/revision/main, redirects more than 5 times",
        "http://[, an address that is invalid",
        "ftp://127.0.0.1/x, not as safe",
        "file:///etc/passwd, an address that is invalid"
    })
    void redirectsAreFollowedWithCare(String location, String says) {
        hub.listingFault(status(302, "Location", location));
        assertThat(failure()).contains(says);
    }

    @Test
    void withoutRoomNothingLargeIsBegun() throws IOException {
        try (FileSystem disk = disk(200_000)) {
            Path small = Files.createDirectory(disk.getPath("/models"));
            try (Downloads there = downloads(null, small)) {
                there.request(Repository.of(REPO, "main"));
                await(() -> there.find(ID).state() == State.FAILED);
                assertThat(there.find(ID).reason())
                        .containsPattern(
                                "3000\\d\\d bytes remain to be downloaded, but the disk of the models folder has only 1");
                assertThat(hub.asked(WEIGHTS)).isZero();
            }
        }
    }

    @Test
    void whatAnotherDownloadIsGoingToWriteIsNoRoom() throws IOException {
        hub.with("owner/other", files());
        hub.fault(ofWeights((e, file, content, from) -> {
            LocalHub.send(e, content, from, from + 10);
            pause(400);
            return true;
        }));
        try (FileSystem disk = disk(500_000)) {
            Path small = Files.createDirectory(disk.getPath("/models"));
            try (Downloads there = downloads(null, small)) {
                there.request(Repository.of(REPO, "main"));
                await(() -> there.find(ID).progress().totalBytes() != null);
                there.request(Repository.of("owner/other", "main"));
                await(() -> there.find("owner--other").state() == State.FAILED);
                assertThat(there.find("owner--other").reason())
                        .containsPattern("and other downloads need (299|300)\\d{3} of them$");
                assertThat(there.find(ID).state()).isIn(State.DOWNLOADING, State.VERIFYING);
            }
        }
    }

    @Test
    void aDiskThatFillsUpIsSaidToBeFullAndTheRestComesWhenThereIsRoom() throws IOException {
        try (FileSystem disk = disk(600_000)) {
            Path small = Files.createDirectory(disk.getPath("/models"));
            Path filler = disk.getPath("/somebody-else");
            Path staged = small.resolve(".downloads").resolve(ID).resolve(WEIGHTS);
            hub.fault(ofWeights((e, file, content, from) -> {
                LocalHub.send(e, content, from, 100_000);
                await(() -> bytes(staged) == 100_000);
                fill(disk, filler);
                e.getResponseBody().write(content, 100_000, content.length - 100_000);
                return true;
            }));
            try (Downloads there = downloads(null, small)) {
                there.request(Repository.of(REPO, "main"));
                await(() -> there.find(ID).state() == State.FAILED);
                DownloadStatus full = there.find(ID);
                assertThat(full.reason()).isEqualTo("the models folder cannot be written to: out of disk space");
                assertThat(full.progress().bytes())
                        .isGreaterThanOrEqualTo(100_000)
                        .isLessThan(LARGE);
                assertThat(small.resolve(ID)).doesNotExist();
                Files.delete(filler);
                hub.fault((e, file, content, from) -> false);
                hub.seen().clear();
                there.request(Repository.of(REPO, "main"));
                await(() -> there.find(ID).state() == State.AVAILABLE);
                assertThat(starts()).hasSize(1).allMatch(from -> from >= 100_000);
                assertThat(Files.readAllBytes(small.resolve(ID).resolve(WEIGHTS)))
                        .isEqualTo(hub.file(REPO, WEIGHTS));
            }
            try (Stream<Path> all = Files.list(disk.getPath("/"))) {
                assertThat(all.map(Path::toString)).containsExactlyInAnyOrder("/models", "/work");
            }
        }
    }

    private static FileSystem disk(long bytes) {
        return Jimfs.newFileSystem(Configuration.unix().toBuilder()
                .setMaxSize(bytes)
                .setMaxCacheSize(0)
                .build());
    }

    private static long bytes(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private static void fill(FileSystem disk, Path file) throws IOException {
        long left = disk.getFileStores().iterator().next().getUsableSpace();
        Files.write(file, new byte[Math.toIntExact(left)]);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "hello",
                "{\"sha\":null}",
                "{\"sha\":\"main\",\"siblings\":[]}",
                "{\"sha\":\"../../../../etc\",\"siblings\":[]}",
                "{\"sha\":5,\"siblings\":5}",
                "{\"siblings\":[]}"
            })
    void aListThatIsNoneIsRefused(String list) {
        hub.listingFault((e, file, content, from) -> {
            LocalHub.answer(e, 200, list.getBytes(StandardCharsets.UTF_8));
            return true;
        });
        assertThat(failure()).startsWith("the hub's list of files ");
    }

    @Test
    void aListWithoutEndIsNotReadToIt() {
        hub.listingFault((e, file, content, from) -> {
            e.sendResponseHeaders(200, 0);
            byte[] piece = new byte[1 << 20];
            try {
                while (true) {
                    e.getResponseBody().write(piece);
                }
            } catch (IOException closed) {
                return true;
            }
        });
        assertThat(failure()).contains("larger than 16777216 bytes");
    }

    @Test
    void namesThatLeadElsewhereAreNoFilesOfTheModel() throws IOException {
        Map<String, byte[]> files = new TreeMap<>(files());
        for (String name : List.of(
                "../precious",
                "/etc/LICENSE",
                "..",
                "LICENSE/../../x",
                "LICENSE..\\x",
                "sub/config.json",
                "LICENSE\0",
                "hub.json",
                ".lock",
                "a/model.safetensors")) {
            files.put(name, "hostile".getBytes(StandardCharsets.US_ASCII));
        }
        hub.with(REPO, files);
        assertWhole(bring(), WHOLE);
    }
}
